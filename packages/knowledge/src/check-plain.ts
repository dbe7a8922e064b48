/**
 * The unsigned file of an item by the rules of its activation: the reader that opens the signed one, the order of versions and
 * expiry that the track asks for, and the size that one entry carries. What only the log knows (signatures, the version in
 * force) is left out.
 */
import { endsOf, shortEnds } from "./expiry.ts"
import type { KnowledgeKind } from "./kind.ts"
import { outOfOrder } from "./version-and-expiry.ts"

/** Bytes of a signed item that one entry carries. */
export const MAX_ACTIVATED_BYTES = 4 << 20

/** A DSSE envelope has its payload in base64; signatures and names come on top, at the least this. */
const signedBytes = (payload: number, isForeign: boolean): number =>
  isForeign ? payload : Math.ceil(payload / 3) * 4 + 128

export interface CheckedPlain<Body> {
  /** Null exactly where `problems` holds an error. */
  readonly body: Body | null
  /** One line each, with file, line and key. */
  readonly problems: ReadonlyArray<string>
  /** What would be accepted and does not last; one line each. */
  readonly warnings: ReadonlyArray<string>
}

/** @param at milliseconds since 1970 of the activation. Pure; never throws. */
export const checkPlain = <Body>(
  kind: KnowledgeKind<Body>,
  bytes: Uint8Array,
  { file, at }: { readonly file: string; readonly at: number },
): CheckedPlain<Body> => {
  const refused = (problems: ReadonlyArray<string>): CheckedPlain<Body> => ({ body: null, problems, warnings: [] })
  const maximum = Math.min(kind.maximum.bytes, MAX_ACTIVATED_BYTES)
  if (signedBytes(bytes.length, kind.plain.isForeign ?? false) > maximum)
    return refused([`${file}: error: signed, it is larger than the ${maximum} bytes that can be activated`])
  const { body, problems } = kind.plain.read(bytes, { file, at })
  if (body === null) return refused(problems)
  const expires = kind.expiresAt(body)
  const { version } = body as { readonly version: number }
  const late = outOfOrder({ version, expires }, { time: at, above: null })
  if (late !== null) return refused([...problems, `${file}: error: expires: ${late.detail}`])
  const short = shortEnds(endsOf(kind, { body, expires, subject: "" }), at)
  return { body, problems, warnings: short.map((words) => `${file}: warning: ${words}`) }
}
