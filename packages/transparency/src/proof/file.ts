/**
 * The proof of one event as a file that stands for itself: a C2SP tlog-proof with the checkpoint (and whatever witnesses signed
 * below it), whose extra data is JSON with what is proven, its salt, and the rest of its leaf. Nothing in it is taken on its
 * word: the leaf is made anew of the event's bytes, and a file that holds anything else, or in another form, is refused.
 *
 *   {"format":"assay-proof/2","event":..,"salt":..,"leaf":{"pseudonym":..,"statement":..}}
 *   {"format":"assay-proof/2","statement":..,"salt":..,"leaf":{"pseudonym":..,"commitment":..}}
 *
 * Bytes are base64. The second form is that of an event whose device was erased: it proves the statement alone.
 */
import { boundSchema, decodeAudit, encodeAudit, HEADER_BYTES, withSchemaId } from "@assay/schemas"
import type { AuditEvent } from "@assay/trust"
import type { TreeHead } from "../checkpoint.ts"
import { equalHash, HASH_BYTES } from "../hash.ts"
import { commitmentOf, type EventId, leafFrom, PSEUDONYM_BYTES } from "../leaf.ts"
import { NoteError } from "../note/error.ts"
import { openSigned } from "../note/note.ts"
import type { VerifierKey } from "../note/vkey.ts"
import { decodeStatement, type Statement, statementOf } from "../statement.ts"
import { type Cosignature, openCosignature, type WitnessKey } from "../witness/cosignature.ts"
import { openCosigned } from "../witness/cosigned.ts"
import type { Policy } from "../witness/policy.ts"
import { formatProof, parseProof, verifyProof } from "./text.ts"

const FORMAT = "assay-proof/2"
/** Of a whole file: an event with two messages as evidence, and a checkpoint with a hundred signatures, fit well. */
const MAX_FILE = 32 << 20
const NO_BYTES = new Uint8Array(0)

interface Common {
  readonly salt: Uint8Array
  /** Empty where the event concerns no device. */
  readonly pseudonym: Uint8Array
  /** C2SP tlog-proof text, without extra data. */
  readonly proof: string
}

/** What a proof file holds. */
export type ProofFile =
  | (Common & {
      /** The record of audit.events, byte for byte. */
      readonly event: Uint8Array
      /** Of the leaf; empty where the event concerns no device. */
      readonly statement: Uint8Array
    })
  | (Common & { readonly erased: Uint8Array; readonly commitment: Uint8Array })

/** What a proof proves, all of it read from the proven bytes. */
export interface Proven extends EventId {
  readonly head: TreeHead
  readonly leaf: number
  /** The leaf's bytes. */
  readonly entry: Uint8Array
  readonly said: Statement
  /** The whole event; null where the device was erased, and the statement is all that is left. */
  readonly event: AuditEvent | null
  /** By the witnesses that were asked for: each has cosigned the checkpoint. */
  readonly cosigned: ReadonlyArray<Cosignature>
  /** Names on the other signature lines below the checkpoint, but for the log's: carried along, and not verified. */
  readonly unverified: ReadonlyArray<string>
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")

/** The file's one form. */
export const formatProofFile = (file: ProofFile): string => {
  const { salt, pseudonym, proof } = file
  const [what, leaf] =
    "event" in file
      ? [{ event: base64(file.event) }, { pseudonym: base64(pseudonym), statement: base64(file.statement) }]
      : [{ statement: base64(file.erased) }, { pseudonym: base64(pseudonym), commitment: base64(file.commitment) }]
  const extra = Buffer.from(JSON.stringify({ format: FORMAT, ...what, salt: base64(salt), leaf }))
  return formatProof({ ...parseProof(proof), extra })
}

const refuse = (why: string): NoteError => new NoteError("proof", why)

type Members = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const bytesIn = (members: Members, name: string): Uint8Array => {
  const value = members[name]
  if (typeof value !== "string") throw refuse(`the proof file lacks ${name}`)
  return new Uint8Array(Buffer.from(value, "base64"))
}

/** @throws NoteError for anything but the one form of a proof file */
export const parseProofFile = (given: string): ProofFile => {
  if (given.length > MAX_FILE) throw refuse("the proof file is too large")
  const { extra, ...inTree } = parseProof(given)
  let members: unknown = null
  try {
    members = JSON.parse(Buffer.from(extra ?? []).toString("utf8"))
  } catch {
    // Not ours then, as any other value.
  }
  if (!isObject(members) || members["format"] !== FORMAT)
    throw refuse(`the proof has no extra data of the format ${FORMAT}: make it anew with assay prove`)
  const { leaf } = members
  if (!isObject(leaf)) throw refuse("the proof file lacks the leaf")
  const proof = formatProof({ ...inTree, extra: null })
  const common = { salt: bytesIn(members, "salt"), pseudonym: bytesIn(leaf, "pseudonym"), proof }
  const file: ProofFile =
    "event" in members
      ? { ...common, event: bytesIn(members, "event"), statement: bytesIn(leaf, "statement") }
      : { ...common, erased: bytesIn(members, "statement"), commitment: bytesIn(leaf, "commitment") }
  if (formatProofFile(file) !== given)
    throw refuse(
      "the proof file holds something that does not follow from what is proven, or is not as assay prove writes it",
    )
  return file
}

/** The event in these bytes, whichever registry gave out the id before them. @throws NoteError */
const readEvent = (record: Uint8Array): AuditEvent => {
  try {
    const event = decodeAudit(withSchemaId(record, boundSchema("audit-event").id))
    if (record[0] === 0 && equalHash(encodeAudit(event).subarray(HEADER_BYTES), record.subarray(HEADER_BYTES)))
      return event
  } catch (cause) {
    throw refuse(`the event in the proof cannot be read: ${(cause as Error).message}`)
  }
  throw refuse("the event in the proof is not in its one form")
}

const readStatement = (bytes: Uint8Array): Statement => {
  try {
    return decodeStatement(bytes)
  } catch (cause) {
    throw refuse(`the statement in the proof cannot be read: ${(cause as Error).message}`)
  }
}

const isOf = (line: { readonly name: string; readonly id: number }, { name, id }: WitnessKey): boolean =>
  line.name === name && line.id === id

const sized = (bytes: Uint8Array, length: number, what: string): void => {
  if (bytes.length !== length) throw refuse(`${what} has ${bytes.length} bytes, not ${length}`)
}

/**
 * What the file proves under this key: the leaf is made of the event and compared with the tree that the key signed.
 * @param witnesses each must have cosigned the checkpoint
 * @param policy so many of its witnesses as it asks for must have
 * @throws NoteError that says why it proves nothing
 */
export const verifyProofFile = (
  given: string,
  key: VerifierKey,
  witnesses: ReadonlyArray<WitnessKey> = [],
  policy: Policy | null = null,
): Proven => {
  const file = parseProofFile(given)
  const { salt, pseudonym, proof } = file
  sized(salt, HASH_BYTES, "the salt")
  const { checkpoint } = parseProof(proof)
  const event = "event" in file ? readEvent(file.event) : null
  const said = "event" in file ? decodeStatement(statementOf(event!)) : readStatement(file.erased)
  const ofDevice = event === null || event.device !== null
  sized(pseudonym, ofDevice ? PSEUDONYM_BYTES : 0, "the pseudonym")
  const entry =
    "event" in file
      ? leafFrom(said, { pseudonym, commitment: commitmentOf(salt, file.event), statement: file.statement })
      : leafFrom(said, { pseudonym, commitment: file.commitment, statement: commitmentOf(salt, file.erased) })
  if ("event" in file) sized(file.statement, ofDevice ? HASH_BYTES : NO_BYTES.length, "the leaf's statement")
  else sized(file.commitment, HASH_BYTES, "the leaf's commitment")
  const { index, head } = verifyProof(proof, entry, key)
  const { text, unverified } = openSigned(checkpoint, key)
  const byPolicy = policy === null ? [] : openCosigned(checkpoint, key, policy).cosigned
  const known = [...witnesses, ...(policy?.witnesses ?? []).map((witness) => witness.key)]
  return {
    origin: said.origin,
    index: said.index,
    head,
    leaf: index,
    entry,
    said,
    event,
    cosigned: [...witnesses.map((witness) => openCosignature(text, unverified, witness)), ...byPolicy],
    unverified: unverified.filter((line) => !known.some((witness) => isOf(line, witness))).map(({ name }) => name),
  }
}
