/** What a timestamp does with a message on its way to an attestation. */
import { hash } from "node:crypto"
import { keccak256 } from "viem"
import { AnchorError } from "../error.ts"
import { lengthBytes, type Reader } from "./bytes.ts"

/** Of a message, and of what is put before or behind it. */
const MAX_MESSAGE = 4_096

const APPEND = 0xf0
const PREPEND = 0xf1
const HASHES: ReadonlyMap<number, string> = new Map([
  [0x02, "sha1"],
  [0x03, "ripemd160"],
  [0x08, "sha256"],
])
const KECCAK256 = 0x67
const REVERSE = 0xf2
const HEXLIFY = 0xf3

export interface Operation {
  readonly tag: number
  /** Of append and prepend; empty for the others. */
  readonly argument: Uint8Array
}

const NONE = new Uint8Array(0)

export const SHA256: Operation = { tag: 0x08, argument: NONE }
export const append = (argument: Uint8Array): Operation => ({ tag: APPEND, argument })

const isUnary = (tag: number): boolean => HASHES.has(tag) || tag === KECCAK256 || tag === REVERSE || tag === HEXLIFY

/** @throws AnchorError `evidence` for an operation that is not known */
export const readOperation = (tag: number, reader: Reader): Operation => {
  if (tag === APPEND || tag === PREPEND) return { tag, argument: reader.bytes(1, MAX_MESSAGE) }
  if (isUnary(tag)) return { tag, argument: NONE }
  throw new AnchorError("evidence", `the timestamp holds the unknown operation ${tag.toString(16)}`)
}

export const operationBytes = ({ tag, argument }: Operation): Uint8Array =>
  tag === APPEND || tag === PREPEND ? Buffer.concat([Uint8Array.of(tag), lengthBytes(argument)]) : Uint8Array.of(tag)

const unary = (tag: number, message: Uint8Array): Uint8Array => {
  const name = HASHES.get(tag)
  if (name !== undefined) return hash(name, message, "buffer")
  if (tag === KECCAK256) return keccak256(message, "bytes")
  if (tag === REVERSE) return message.toReversed()
  return Buffer.from(Buffer.from(message).toString("hex"))
}

/** @throws AnchorError `evidence` where the result is too long */
export const apply = ({ tag, argument }: Operation, message: Uint8Array): Uint8Array => {
  const result =
    tag === APPEND
      ? Buffer.concat([message, argument])
      : tag === PREPEND
        ? Buffer.concat([argument, message])
        : unary(tag, message)
  if (result.length > MAX_MESSAGE) throw new AnchorError("evidence", "a message of the timestamp is too long")
  return result
}
