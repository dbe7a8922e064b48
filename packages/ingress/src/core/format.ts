/** How messages lie in what a protocol carries: one, a text with one compact JWS a line, or a CBOR sequence of COSE messages. */
import { isCborFailure, splitSequence } from "@assay/cose"
import { isCose } from "@assay/message"
import { withoutLineEnd } from "./line-end.ts"

/** RFC 7515 section 9.2.1. */
export const JOSE = "application/jose"
/** RFC 9052 section 11.6. */
export const COSE = "application/cose"
/** RFC 8742 section 5: whole COSE messages, one behind the other. */
export const SEQUENCE = "application/cbor-seq"

const isOfType = (type: string, wanted: string): boolean => {
  const [name] = type.split(";", 1)
  return name!.trim().toLowerCase() === wanted
}

export const isSequence = (type: string): boolean => isOfType(type, SEQUENCE)

/** Lines of text, or what senders call so. */
export const isLines = (type: string): boolean => isOfType(type, "application/x-ndjson") || isOfType(type, "text/plain")

/** Whether the sender says that it sends text, or says nothing. */
const isText = (type: string): boolean => type === "" || isOfType(type, JOSE) || isLines(type)

/** What the envelope says of a message: its format where the bytes show it, else what the sender says. */
export const mediaTypeOf = (message: Uint8Array, type: string): string =>
  isCose(message) ? COSE : isText(type) ? JOSE : type

/** The one message of a body. A line end behind a text is no part of it; what is no text may end in any byte. */
export const messageIn = (body: Buffer, type: string): Buffer =>
  isCose(body) || !isText(type) ? body : withoutLineEnd(body)

/** The messages of a CBOR sequence, or for people what is wrong with it. @param most one more is a failure */
export const messagesIn = (body: Uint8Array, most: number): ReadonlyArray<Uint8Array> | string => {
  const items = splitSequence(body, most)
  return isCborFailure(items) ? items.detail : items
}
