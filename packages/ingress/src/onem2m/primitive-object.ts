/**
 * Primitives as one object, parameters by their short names, as MQTT and a polling channel carry them (TS-0004, clause 8). Over HTTP the
 * parameters are headers: `client.ts`, `listener.ts`.
 */
import { RELEASE } from "./client.ts"
import {
  type Attributes,
  type CseRequest,
  isObject,
  OPERATION,
  type RequestPrimitive,
  textIn,
  wholeIn,
} from "./primitive.ts"
import { readTimestamp, writeTimestamp } from "./timestamp.ts"

/** Queries whose values are lists or numbers in a primitive; all others are filter criteria (TS-0004, clause 6.3.5). */
const OUTSIDE_FILTER: ReadonlySet<string> = new Set(["drt", "rcn"])
const LISTS: ReadonlySet<string> = new Set(["ty", "lbl"])

/** What an AE asks. */
export const requestOf = (
  { operation, to, type, content, query = {}, holdMs }: CseRequest,
  from: string,
  requestId: string,
): Attributes => {
  const outside = Object.entries(query).filter(([name]) => OUTSIDE_FILTER.has(name))
  const filter = Object.entries(query).filter(([name]) => !OUTSIDE_FILTER.has(name))
  return {
    op: OPERATION[operation],
    fr: from,
    to,
    rqi: requestId,
    rvi: RELEASE,
    ot: writeTimestamp(Date.now()),
    ...(type === undefined ? {} : { ty: type }),
    ...(content === undefined ? {} : { pc: content }),
    ...(holdMs === undefined ? {} : { rqet: writeTimestamp(Date.now() + holdMs) }),
    ...Object.fromEntries(outside),
    ...(filter.length === 0
      ? {}
      : { fc: Object.fromEntries(filter.map(([name, value]) => [name, LISTS.has(name) ? [value] : value])) }),
  }
}

/** What a CSE asks. @returns null where it is no request */
export const readPrimitive = (content: unknown): RequestPrimitive | null => {
  if (!isObject(content)) return null
  const [from, requestId] = [textIn(content, "fr"), textIn(content, "rqi")]
  if (from === null || requestId === null) return null
  const originatedAt = textIn(content, "ot")
  return {
    operation: wholeIn(content, "op") ?? OPERATION.notify,
    from,
    to: textIn(content, "to") ?? "",
    requestId,
    originatedAt: originatedAt === null ? null : readTimestamp(originatedAt),
    releaseVersion: textIn(content, "rvi"),
    content: content["pc"],
  }
}

/** The answer of an AE to a request that came to it. */
export const answerTo = (
  { requestId, releaseVersion, from }: RequestPrimitive,
  rsc: number,
  aeId: string,
): Attributes => ({
  rsc,
  rqi: requestId,
  fr: aeId,
  to: from,
  ...(releaseVersion === null ? {} : { rvi: releaseVersion }),
})
