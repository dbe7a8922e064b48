/**
 * Evidence by OpenTimestamps: `{"kind":"opentimestamps","note":"<signed checkpoint>","ots":"<the .ots file, base64>"}`. By itself it
 * leads from the checkpoint to the Merkle root of a block of Bitcoin at a height; which block that is, a header says that the verifier
 * has from a node of his own.
 */
import { hash } from "node:crypto"
import { equalHash } from "@assay/transparency"
import { AnchorError } from "../error.ts"
import { attestationsOf, parseFile } from "./timestamp.ts"

const MAX_NOTE = 1 << 20
const HEADER_BYTES = 80

export interface OtsEvidence {
  readonly kind: "opentimestamps"
  /** The signed checkpoint of the anchor log. */
  readonly note: string
  readonly ots: string
}

/** A block of Bitcoin as the evidence names it. */
export interface OtsAnchored {
  readonly height: number
  /** In the order of the header's bytes. */
  readonly merkleRoot: Uint8Array
}

const refuse = (why: string): AnchorError => new AnchorError("evidence", why)

/** @throws AnchorError `evidence` that says what the members lack */
export const otsEvidenceOf = ({ kind, note, ots }: Readonly<Record<string, unknown>>): OtsEvidence => {
  if (kind !== "opentimestamps") throw refuse(`evidence of the kind ${String(kind)} is not known here`)
  if (typeof note !== "string" || note.length > MAX_NOTE || typeof ots !== "string")
    throw refuse("the evidence lacks the checkpoint or the timestamp")
  return { kind, note, ots }
}

/** The blocks that the evidence leads to, at least one. @throws AnchorError `evidence` that says why it proves nothing */
export const verifyOtsEvidence = ({ note, ots }: OtsEvidence): ReadonlyArray<OtsAnchored> => {
  const stamp = parseFile(Buffer.from(ots, "base64"))
  if (!equalHash(stamp.message, hash("sha256", note, "buffer"))) throw refuse("the timestamp is of another checkpoint")
  const blocks = attestationsOf(stamp).flatMap(({ attestation, message }) =>
    attestation.kind === "bitcoin" ? [{ height: attestation.height, merkleRoot: message }] : [],
  )
  if (blocks.length === 0) throw refuse("the timestamp leads to no block of Bitcoin yet")
  return blocks
}

export interface BitcoinHeader {
  /** As people write it. */
  readonly hash: string
  readonly merkleRoot: Uint8Array
  /** Milliseconds since 1970, by the miner's clock: good for hours, not for minutes. */
  readonly time: number
}

/**
 * @param bytes 80: version, previous block, Merkle root, time, target, nonce
 * @throws AnchorError `evidence` for bytes of another length, or where the hash is above the header's own target: nobody worked for it
 */
export const readBitcoinHeader = (bytes: Uint8Array): BitcoinHeader => {
  if (bytes.length !== HEADER_BYTES) throw refuse(`a header of Bitcoin has ${HEADER_BYTES} bytes, not ${bytes.length}`)
  const header = Buffer.from(bytes)
  const digest = hash("sha256", hash("sha256", header, "buffer"), "buffer").toReversed()
  const bits = header.readUInt32LE(72)
  const target = BigInt(bits & 0x7fffff) << BigInt(8 * Math.max((bits >>> 24) - 3, 0))
  const text = Buffer.from(digest).toString("hex")
  if (BigInt(`0x${text}`) > target) throw refuse("the header does not meet its own target")
  return { hash: text, merkleRoot: header.subarray(36, 68), time: header.readUInt32LE(68) * 1000 }
}
