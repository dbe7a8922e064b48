/**
 * What each side signs. All parts have a fixed length, so no two transcripts have the same bytes; the label is the beginning of
 * no JWS and of no COSE signing input, so a signature of one kind never counts as the other.
 *
 *   label | role (1 initiator, 2 responder) | transcript
 *   transcript: initiator's nonce | responder's nonce | SHA-256 of the initiator's passport | of the responder's | of the channel
 */
import { concat, toUtf8 } from "../bytes/bytes.ts"

export type Role = "initiator" | "responder"

export const NONCE_BYTES = 32

/** One side's parts: 32 bytes, and the passport as it was sent. */
export interface Side {
  readonly nonce: Uint8Array
  readonly passport: Uint8Array
}

/** Five parts of 32 bytes. */
export const transcriptOf = async (
  initiator: Side,
  responder: Side,
  channel: Uint8Array,
  hash: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array> =>
  concat(
    initiator.nonce,
    responder.nonce,
    ...(await Promise.all([initiator.passport, responder.passport, channel].map(hash))),
  )

/** The bytes that the device in `role` signs with the key of its DID. */
export const inputOf = (role: Role, transcript: Uint8Array): Uint8Array =>
  concat(toUtf8("assay-handshake-v1\0"), Uint8Array.of(role === "initiator" ? 1 : 2), transcript)
