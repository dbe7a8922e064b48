/**
 * Questions to a trust registry by TRQP 2.0 (ToIP), over HTTPS: `POST <url>/authorization` and `POST <url>/recognition`. An answer has no
 * signature, so all that is taken of it is what was asked, by whom the connection says that it comes.
 */
import { isObject, type JsonObject, parseStrictObject } from "@assay/jose"
import type { RegistryAnswer } from "@assay/trust"
import type { FetchFailure, Get } from "../fetch/get.ts"

/** What is asked; the answer repeats all of it. */
export type Question = Pick<RegistryAnswer, "query" | "authority" | "entity" | "action" | "resource" | "level">

export interface AskOptions {
  readonly get: Get
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** An answer lasts for so long at most, milliseconds. */
  readonly maxAgeMs: number
}

const MAX_ANSWER = 16 << 10
/** A registry that evaluated a question at another time than it was asked answers another question. */
const CLOCK_MS = 120_000
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|\+00:00)$/

/** The name under which a level is asked for, and repeated, in the context. */
export const LEVEL = "assurance_level"

const bodyOf = ({ authority, entity, action, resource, level }: Question): Buffer =>
  Buffer.from(
    JSON.stringify({
      entity_id: entity,
      authority_id: authority,
      action,
      resource,
      ...(level === null ? {} : { context: { [LEVEL]: level } }),
    }),
  )

const refused = (detail: string): FetchFailure => ({ reason: "refused", detail })

/** Null where the answer repeats the question; else what is another. */
const whyOther = (answer: JsonObject, question: Question): string | null => {
  const said = {
    entity_id: question.entity,
    authority_id: question.authority,
    action: question.action,
    resource: question.resource,
  }
  const other = Object.entries(said).find(([member, value]) => answer[member] !== value)
  if (other !== undefined) return `the answer is about another ${other[0]}`
  const { context } = answer
  const level = isObject(context) ? (context[LEVEL] ?? null) : null
  return level === question.level ? null : `the answer does not repeat the level ${question.level}`
}

/** Reads one answer. Never throws. @param now milliseconds since 1970 */
export const readAnswer = (
  bytes: Uint8Array,
  question: Question,
  now: number,
  maxAgeMs: number,
): RegistryAnswer | FetchFailure => {
  const json = parseStrictObject(bytes)
  if ("reason" in json) return refused(`the answer is no JSON object: ${json.detail}`)
  const other = whyOther(json.value, question)
  if (other !== null) return refused(other)
  const holds = json.value[question.query === "authorization" ? "authorized" : "recognized"]
  if (typeof holds !== "boolean") return refused(`the answer does not say whether it holds`)
  const time = json.value["time_evaluated"]
  const evaluated = typeof time === "string" && TIME.test(time) ? Date.parse(time) : Number.NaN
  if (Number.isNaN(evaluated)) return refused("time_evaluated is no RFC 3339 time in UTC")
  if (Math.abs(now - evaluated) > CLOCK_MS)
    return refused(`it was evaluated at ${time}, and here it is ${new Date(now).toISOString()}`)
  return { ...question, holds, evaluated, expires: evaluated + maxAgeMs }
}

/**
 * @param url of the registry, without a slash at its end
 * @returns the answer; `not_found` where the registry knows none of it, which says nothing
 */
export const askRegistry = async (
  { get, now, maxAgeMs }: AskOptions,
  url: string,
  question: Question,
): Promise<RegistryAnswer | FetchFailure> => {
  const { hostname, pathname } = new URL(url)
  const bytes = await get({
    host: hostname,
    path: `${pathname.replace(/\/$/, "")}/${question.query}`,
    maximum: MAX_ANSWER,
    types: ["application/json"],
    post: { type: "application/json", body: bodyOf(question) },
  })
  return Buffer.isBuffer(bytes) ? readAnswer(bytes, question, now(), maxAgeMs) : bytes
}
