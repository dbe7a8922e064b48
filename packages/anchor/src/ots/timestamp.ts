/**
 * Timestamps of OpenTimestamps: a tree of operations on a message, whose ends are attestations.
 *
 *   timestamp = (0xff item)* item            several items are one behind the other, all but the last behind 0xff
 *   item      = 0x00 attestation | operation timestamp
 *   attestation = tag (8 bytes), payload behind its length
 *   file      = magic, version 1, 0x08 (SHA-256), digest, timestamp
 */
import { AnchorError } from "../error.ts"
import { lengthBytes, numberBytes, Reader } from "./bytes.ts"
import { apply, type Operation, operationBytes, readOperation } from "./operations.ts"

const MAGIC = Buffer.from("004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e89294", "hex")
const VERSION = 1
const SHA256 = 0x08
const DIGEST_BYTES = 32
const MAX_FILE = 1 << 20
const MAX_DEPTH = 256
/** Of all operations and attestations: a timestamp has some dozens. */
const MAX_ITEMS = 4_096
const MAX_PAYLOAD = 8_192
const MAX_URI = 1_000
const URI = /^[A-Za-z0-9.\-_/:]+$/

const PENDING = "83dfe30d2ef90c8e"
const BITCOIN = "0588960d73d71901"

export type Attestation =
  | { readonly kind: "pending"; readonly uri: string }
  /** The message is the Merkle root of the block at this height. */
  | { readonly kind: "bitcoin"; readonly height: number }
  /** Kept as it is; it proves nothing here. */
  | { readonly kind: "unknown"; readonly tag: string; readonly payload: Uint8Array }

export interface Timestamp {
  readonly message: Uint8Array
  readonly attestations: ReadonlyArray<Attestation>
  readonly branches: ReadonlyArray<{ readonly operation: Operation; readonly timestamp: Timestamp }>
}

const refuse = (why: string): AnchorError => new AnchorError("evidence", why)

const readAttestation = (reader: Reader): Attestation => {
  const tag = Buffer.from(reader.take(8)).toString("hex")
  const payload = reader.bytes(0, MAX_PAYLOAD)
  if (tag === PENDING) {
    const inner = new Reader(payload)
    const uri = Buffer.from(inner.bytes(0, MAX_URI)).toString("latin1")
    if (!inner.isAtEnd || !URI.test(uri)) throw refuse("a pending attestation names no calendar")
    return { kind: "pending", uri }
  }
  if (tag === BITCOIN) {
    const inner = new Reader(payload)
    const height = inner.number()
    if (!inner.isAtEnd) throw refuse("an attestation of Bitcoin has more than a height")
    return { kind: "bitcoin", height }
  }
  return { kind: "unknown", tag, payload }
}

const readTimestamp = (reader: Reader, message: Uint8Array, count: { left: number }, depth = 0): Timestamp => {
  if (depth > MAX_DEPTH) throw refuse("the timestamp is too deep")
  const attestations: Array<Attestation> = []
  const branches: Array<Timestamp["branches"][number]> = []
  for (let isLast = false; !isLast; ) {
    count.left -= 1
    if (count.left < 0) throw refuse("the timestamp has too many operations")
    let tag = reader.byte()
    isLast = tag !== 0xff
    if (!isLast) tag = reader.byte()
    if (tag === 0) attestations.push(readAttestation(reader))
    else {
      const operation = readOperation(tag, reader)
      const timestamp = readTimestamp(reader, apply(operation, message), count, depth + 1)
      branches.push({ operation, timestamp })
    }
  }
  return { message, attestations, branches }
}

const payloadOf = (attestation: Attestation): readonly [tag: string, payload: Uint8Array] => {
  if (attestation.kind === "pending") return [PENDING, lengthBytes(Buffer.from(attestation.uri))]
  if (attestation.kind === "bitcoin") return [BITCOIN, numberBytes(attestation.height)]
  return [attestation.tag, attestation.payload]
}

const attestationBytes = (attestation: Attestation): Uint8Array => {
  const [tag, payload] = payloadOf(attestation)
  return Buffer.concat([Uint8Array.of(0), Buffer.from(tag, "hex"), lengthBytes(payload)])
}

const timestampBytes = ({ attestations, branches }: Timestamp): Uint8Array => {
  const items = [
    ...attestations.map(attestationBytes).sort(Buffer.compare),
    ...branches
      .map(({ operation, timestamp }) => ({ head: operationBytes(operation), timestamp }))
      .sort((a, b) => Buffer.compare(a.head, b.head))
      .map(({ head, timestamp }) => Buffer.concat([head, timestampBytes(timestamp)])),
  ]
  if (items.length === 0) throw new RangeError("a timestamp without attestation cannot be written")
  return Buffer.concat(items.flatMap((item, at) => (at < items.length - 1 ? [Uint8Array.of(0xff), item] : [item])))
}

/** The timestamp of a message, as calendars answer it. @throws AnchorError `evidence` */
export const parseTimestamp = (bytes: Uint8Array, message: Uint8Array): Timestamp => {
  const reader = new Reader(bytes)
  const timestamp = readTimestamp(reader, message, { left: MAX_ITEMS })
  if (!reader.isAtEnd) throw refuse("something follows the timestamp")
  return timestamp
}

/** A detached timestamp: its message is the SHA-256 of a file. @throws AnchorError `evidence` */
export const parseFile = (bytes: Uint8Array): Timestamp => {
  if (bytes.length > MAX_FILE) throw refuse("the timestamp is too large")
  const reader = new Reader(bytes)
  if (Buffer.compare(reader.take(MAGIC.length), MAGIC) !== 0) throw refuse("the file is no OpenTimestamps proof")
  const version = reader.number()
  if (version !== VERSION) throw refuse(`the proof is of version ${version}, and ${VERSION} is known`)
  if (reader.byte() !== SHA256) throw refuse("the proof is not of a file's SHA-256")
  const timestamp = readTimestamp(reader, reader.take(DIGEST_BYTES), { left: MAX_ITEMS })
  if (!reader.isAtEnd) throw refuse("something follows the timestamp")
  return timestamp
}

/** @throws RangeError for a timestamp without attestation */
export const formatFile = (timestamp: Timestamp): Uint8Array =>
  Buffer.concat([MAGIC, numberBytes(VERSION), Uint8Array.of(SHA256), timestamp.message, timestampBytes(timestamp)])

/** For calendars and tests of them. */
export const formatTimestamp = timestampBytes

export interface Attested {
  readonly attestation: Attestation
  /** What is attested. */
  readonly message: Uint8Array
}

/** Every attestation, with the message that the operations lead to. */
export const attestationsOf = ({ message, attestations, branches }: Timestamp): ReadonlyArray<Attested> => [
  ...attestations.map((attestation) => ({ attestation, message })),
  ...branches.flatMap(({ timestamp }) => attestationsOf(timestamp)),
]

const sameOperation = (a: Operation, b: Operation): boolean =>
  a.tag === b.tag && Buffer.compare(a.argument, b.argument) === 0

const sameAttestation = (a: Attestation, b: Attestation): boolean =>
  Buffer.compare(attestationBytes(a), attestationBytes(b)) === 0

/** All that two timestamps of one message hold. @throws RangeError where they are of two messages */
export const merged = (a: Timestamp, b: Timestamp): Timestamp => {
  if (Buffer.compare(a.message, b.message) !== 0) throw new RangeError("two timestamps are of two messages")
  const branches = [...a.branches]
  for (const branch of b.branches) {
    const at = branches.findIndex(({ operation }) => sameOperation(operation, branch.operation))
    if (at < 0) branches.push(branch)
    else branches[at] = { ...branch, timestamp: merged(branches[at]!.timestamp, branch.timestamp) }
  }
  const attestations = [
    ...a.attestations,
    ...b.attestations.filter((one) => !a.attestations.some((other) => sameAttestation(one, other))),
  ]
  return { message: a.message, attestations, branches }
}

/** The same tree, with what `more` gives for a message taken in there. */
export const extended = (timestamp: Timestamp, more: ReadonlyMap<string, Timestamp>): Timestamp => {
  const { message, attestations } = timestamp
  const branches = timestamp.branches.map((branch) => ({ ...branch, timestamp: extended(branch.timestamp, more) }))
  const found = more.get(Buffer.from(message).toString("hex"))
  const own = { message, attestations, branches }
  return found === undefined ? own : merged(own, found)
}
