/**
 * Leaf v2: what the log commits to for one audit event. It names the event by origin and number, the device by a
 * pseudonym, commits to the whole event under a salt, and to its statement (`statement.ts`) under another.
 *
 *   pseudonym  = first 16 bytes of SHA-256("assay/pseudonym/v1" || device key); empty where the event concerns no device
 *   salt       = SHA-256(device key || epoch, partition, offset, index as int64 big-endian)
 *   commitment = SHA-256(salt || event), event being the record of audit.events byte for byte
 *   statement  = SHA-256(salt of the statement || statement); empty where the event concerns no device
 *
 * Erase the device's key and the body: the leaf tells nothing more about the device, the statement says what was decided
 * of whoever it was, and proofs of all other leaves survive. The index is part of the salt because one origin has several
 * events: a salt disclosed with one must not open another. The salt of a statement is made in the same way of the key
 * SHA-256("assay/statement/v1" || key for events of no device), which is never erased.
 * Encoded as Avro (`schemas/avsc/leaf.avsc`) behind the Confluent header.
 */
import { decodeAudit, decodeLeaf, encodeLeaf } from "@assay/schemas"
import type { AuditEvent, AuditKind, Origin } from "@assay/trust"
import { type Hash, sha256 } from "./hash.ts"
import { statementOf } from "./statement.ts"

/** A leaf as the log holds it. */
export type StoredLeafBody = ReturnType<typeof decodeLeaf>

export { decodeLeaf, encodeLeaf }

export const DEVICE_KEY_BYTES = 32
export const PSEUDONYM_BYTES = 16

const NO_BYTES = new Uint8Array(0)
const PSEUDONYM_PREFIX = Buffer.from("assay/pseudonym/v1")

/** Names one event: its message's origin and its number there. */
export interface EventId {
  readonly origin: Origin
  readonly index: number
}

/** A device's erasable key, and the name that it gives. */
export interface SaltKey {
  readonly key: Uint8Array
  readonly pseudonym: Uint8Array
}

export const pseudonymOf = (deviceKey: Uint8Array): Uint8Array =>
  sha256(Buffer.concat([PSEUDONYM_PREFIX, deviceKey])).subarray(0, PSEUDONYM_BYTES)

const saltInput = Buffer.alloc(DEVICE_KEY_BYTES + 32)

export const saltOf = (deviceKey: Uint8Array, { origin, index }: EventId): Hash => {
  saltInput.set(deviceKey)
  saltInput.writeBigInt64BE(BigInt(origin.epoch), 32)
  saltInput.writeBigInt64BE(BigInt(origin.partition), 40)
  saltInput.writeBigInt64BE(BigInt(origin.offset), 48)
  saltInput.writeBigInt64BE(BigInt(index), 56)
  return sha256(saltInput)
}

let committed = Buffer.alloc(4096)

export const commitmentOf = (salt: Hash, record: Uint8Array): Hash => {
  const length = salt.length + record.length
  if (committed.length < length) committed = Buffer.alloc(2 * length)
  committed.set(salt)
  committed.set(record, salt.length)
  return sha256(committed.subarray(0, length))
}

const STATEMENT_PREFIX = Buffer.from("assay/statement/v1")
/** Made once for each key: a log has one. */
const statementKeys = new WeakMap<Uint8Array, Hash>()

/** @param logKey the key that salts events of no device */
export const statementSaltOf = (logKey: Uint8Array, id: EventId): Hash => {
  let key = statementKeys.get(logKey)
  if (key === undefined) {
    key = sha256(Buffer.concat([STATEMENT_PREFIX, logKey]))
    statementKeys.set(logKey, key)
  }
  return saltOf(key, id)
}

/** The name under which the key lies that salts events of no device. */
export const NO_DEVICE = ""

/** What a record of audit.events says of itself, as far as its leaf repeats it. */
export interface SealedEvent extends EventId {
  readonly kind: AuditKind
  /** A DID, or NO_DEVICE. */
  readonly device: string
  /** The whole event; null where the record could not be read as one. */
  readonly event: AuditEvent | null
}

/** The index of a record that could not be read as an event: it is sealed all the same, named by its own offset. */
export const UNREADABLE = -1

/** Reads a record of audit.events. Never throws: whatever stands in the audit stream is sealed. */
export const eventOf = (record: Uint8Array, epoch: number, partition: number, offset: number): SealedEvent => {
  try {
    const event = decodeAudit(record)
    const { origin, index, kind, device } = event
    return { origin, index, kind, device: device ?? NO_DEVICE, event }
  } catch {
    return { origin: { epoch, partition, offset }, index: UNREADABLE, kind: "incident", device: NO_DEVICE, event: null }
  }
}

/** The parts of a leaf that its event and the keys give. */
interface Salted {
  readonly pseudonym: Uint8Array
  readonly commitment: Hash
  readonly statement: Uint8Array
}

/** @param log the key that salts events of no device */
const saltedOf = (event: SealedEvent, record: Uint8Array, device: SaltKey, log: SaltKey): Salted => {
  const commitment = commitmentOf(saltOf(device.key, event), record)
  if (event.device === NO_DEVICE || event.event === null)
    return { pseudonym: NO_BYTES, commitment, statement: NO_BYTES }
  const statement = commitmentOf(statementSaltOf(log.key, event), statementOf(event.event))
  return { pseudonym: device.pseudonym, commitment, statement }
}

/** The entry of the log for an event whose salted parts are known. */
export const leafFrom = ({ origin, index, kind }: EventId & { readonly kind: AuditKind }, salted: Salted): Uint8Array =>
  encodeLeaf({ origin, index, kind, ...salted })

/**
 * The entry of the log for a record of audit.events.
 * @param device the key of the event's device
 * @param log the key that salts events of no device
 */
export const leafOf = (event: SealedEvent, record: Uint8Array, device: SaltKey, log: SaltKey): Uint8Array =>
  leafFrom(event, saltedOf(event, record, device, log))
