/**
 * How a state is stored: one version byte, then Avro `state-credential.avsc`. Terms go in whole, so that a row can be read
 * without any other; they come out shared.
 */
import { parseTerms } from "@assay/credentials"
import { schemaOf } from "@assay/schemas/load"
import type { StateCodec } from "@assay/trust"
import avsc from "avsc"
import type { Accepted, CredentialState } from "./state.ts"

const VERSION = 1
const type = avsc.Type.forSchema(schemaOf("state-credential") as avsc.Schema, {
  wrapUnions: false,
}) as avsc.types.RecordType

const acceptedType = type.field("accepted").type
const restType = avsc.Type.forSchema({
  type: "record",
  name: "CredentialStateRest",
  fields: type.fields.filter(({ name }) => name !== "accepted").map(({ name, type: field }) => ({ name, type: field })),
} as unknown as avsc.Schema)

/** Reused: encoding is synchronous. Only numbers and, under a key of hardware, one DID follow the credentials. */
const scratch = Buffer.alloc(4096)

/**
 * The stored credentials of a device, encoded once: with every message only its rate bucket changes, and a record in Avro
 * is its fields one after the other. Freed with the list itself.
 */
const encodedLists = new WeakMap<CredentialState["accepted"], Uint8Array>()

const encodeList = (accepted: CredentialState["accepted"]): Uint8Array => {
  const known = encodedLists.get(accepted)
  if (known !== undefined) return known
  // Memory of its own: a piece of Node's buffer pool, kept as long as a device, would keep 8 kB with it.
  const bytes = Uint8Array.from([VERSION, ...acceptedType.toBuffer(accepted.map(toStored))])
  encodedLists.set(accepted, bytes)
  return bytes
}

interface StoredCredential extends Omit<Accepted, "terms"> {
  readonly terms: string
}
interface Stored extends Omit<CredentialState, "accepted"> {
  readonly accepted: ReadonlyArray<StoredCredential>
}

export const credentialCodec: StateCodec<CredentialState> = {
  encode: ({ accepted, level, at, owner }) => {
    const list = encodeList(accepted)
    const rest = { level, at, owner }
    // toBuffer measures first and costs a second pass; almost every rest fits, and encode says where one does not.
    const end = restType.encode(rest, scratch, 0)
    return Buffer.concat([list, end < 0 ? restType.toBuffer(rest) : scratch.subarray(0, end)])
  },
  /** @throws Error on another version or broken bytes: the data directory is then newer or damaged */
  decode: (bytes) => {
    if (bytes[0] !== VERSION) throw new Error(`credential state of version ${bytes[0]} is not known here`)
    const body = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1)
    const { accepted, level, at, owner } = type.fromBuffer(body) as Stored
    return { accepted: accepted.map(fromStored), level, at, owner }
  },
}

const toStored = ({ hash, terms, validFrom, validUntil, hardwareId, indices }: Accepted): StoredCredential => ({
  hash,
  terms: terms.text,
  validFrom,
  validUntil,
  hardwareId,
  indices,
})

const fromStored = ({ hash, terms, validFrom, validUntil, hardwareId, indices }: StoredCredential): Accepted => ({
  hash,
  terms: parseTerms(terms),
  validFrom,
  validUntil,
  hardwareId,
  indices,
})
