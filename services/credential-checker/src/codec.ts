/**
 * How a state is stored: one version byte, then Avro `state-credential.avsc`. Terms go in whole, so that a row can be read
 * without any other; they come out shared.
 */
import { parseTerms } from "@assay/credentials/vc/terms"
import { schemaOf } from "@assay/schemas/load"
import type { StateCodec } from "@assay/trust"
import avsc from "avsc"
import type { Accepted, CredentialState } from "./state.ts"

const VERSION = 1
const type = avsc.Type.forSchema(schemaOf("state-credential") as avsc.Schema, { wrapUnions: false })

/** Reused: encoding is synchronous. */
const scratch = Buffer.alloc(4096)

interface StoredCredential extends Omit<Accepted, "terms"> {
  readonly terms: string
}
interface Stored extends Omit<CredentialState, "accepted"> {
  readonly accepted: ReadonlyArray<StoredCredential>
}

export const credentialCodec: StateCodec<CredentialState> = {
  encode: ({ accepted, level, at, owner }) => {
    const stored: Stored = { accepted: accepted.map(toStored), level, at, owner }
    // toBuffer measures first and costs a second pass; almost every state fits, and encode says where one does not.
    scratch[0] = VERSION
    const end = type.encode(stored, scratch, 1)
    return end < 0
      ? Buffer.concat([Uint8Array.of(VERSION), type.toBuffer(stored)])
      : Uint8Array.from(scratch.subarray(0, end))
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
