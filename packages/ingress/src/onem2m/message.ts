/** The device's message in a content instance, with its signature: what a CSE cannot change without being seen. */
import { hash } from "node:crypto"
import { mediaTypeOf, messageIn } from "../core/format.ts"
import { escaped } from "../core/originator.ts"
import { MAX_MESSAGE, type Submission } from "../core/submission.ts"
import type { Instance } from "./notification.ts"

/**
 * Why a content instance is not taken to the log, though it was received. Trying again helps none.
 * - `content`: it is no text, or says that it is base64 and is not.
 * - `empty`, `too_large`: there is no message in it, or one of more than `MAX_MESSAGE` bytes.
 */
export type Unwanted = "content" | "empty" | "too_large"

export interface InstanceMessage {
  readonly bytes: Buffer
  /** Of the bytes; an instance never changes, so another digest under its id says that somebody changed it. */
  readonly digest: string
  readonly mediaType: string
}

/** Encodings of contentInfo (TS-0004, clause 6.3.3: m2m:encodingType). */
const PLAIN = "0"
const BASE64 = new Set(["1", "2"])
const BASE64_TEXT = /^[A-Za-z0-9+/_-]*={0,2}$/
const MAX_TYPE = 256
/** Many an AE calls all that it makes so, a signed message too. */
const JSON_TYPE = "application/json"

const bytesOf = (content: unknown, encoding: string): Buffer | null => {
  if (content instanceof Uint8Array) return Buffer.from(content)
  if (typeof content !== "string") return null
  if (!BASE64.has(encoding)) return encoding === PLAIN ? Buffer.from(content) : null
  return BASE64_TEXT.test(content) ? Buffer.from(content, "base64") : null
}

/** What an instance holds. */
export const messageOf = ({
  content,
  contentInfo,
}: Pick<Instance, "content" | "contentInfo">): InstanceMessage | Unwanted => {
  const [said = "", encoding = PLAIN] = (contentInfo ?? "").split(":")
  const read = bytesOf(content, encoding)
  if (read === null || said.length > MAX_TYPE) return "content"
  const type = said.toLowerCase() === JSON_TYPE ? "" : said
  const bytes = messageIn(read, type)
  if (bytes.length === 0) return "empty"
  if (bytes.length > MAX_MESSAGE) return "too_large"
  return {
    bytes,
    digest: hash("sha256", bytes, "base64url").slice(0, 22),
    mediaType: mediaTypeOf(bytes, type),
  }
}

/**
 * For the core. `originator` is where it lay, and who made it as the CSE says: `/id-in/cin123;cr=CPump`.
 * @param cseId `/id-in`
 * @param principal who carries, for quotas; where it is a DID, what another device signed is rejected
 */
export const submissionOf = (
  { bytes, mediaType }: InstanceMessage,
  { resourceId, creator }: Pick<Instance, "resourceId" | "creator">,
  cseId: string,
  principal: string | null,
): Submission => ({
  bytes,
  mediaType,
  binding: "onem2m",
  originator: `${cseId}/${escaped(resourceId)}${creator === null ? "" : `;cr=${escaped(creator)}`}`,
  principal,
  traceparent: null,
})
