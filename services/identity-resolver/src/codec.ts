/** How a state is stored: Avro `state-identity.avsc`, whose first field is the version. */
import { schemaOf } from "@assay/schemas/load"
import type { StateCodec } from "@assay/trust"
import avsc from "avsc"
import { MEMORY_BYTES } from "./memory.ts"
import type { IdentityState } from "./state.ts"

const VERSION = 1
const type = avsc.Type.forSchema(schemaOf("state-identity") as avsc.Schema)

type Stored = Omit<IdentityState, "memory"> & { readonly version: number; readonly memory: Buffer }

export const identityCodec: StateCodec<IdentityState> = {
  encode: (state) => {
    const { epo, head, iat, since, previousEpo, previousHead, refused, presented } = state
    const memory = Buffer.from(state.memory, "latin1")
    return type.toBuffer({
      version: VERSION,
      epo,
      head,
      iat,
      since,
      previousEpo,
      previousHead,
      refused,
      presented,
      memory,
    } satisfies Stored)
  },
  decode: (bytes) => {
    // A later version may have other fields, so look before reading on: the first byte is the version, zigzag.
    if (bytes[0] !== VERSION * 2) throw new Error(`an identity state of another version: ${bytes[0]}`)
    const found: Stored = type.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    if (found.memory.length !== MEMORY_BYTES) throw new Error(`an identity state of ${found.memory.length} bytes`)
    const { epo, head, iat, since, previousEpo, previousHead, refused, presented } = found
    return {
      epo,
      head,
      iat,
      since,
      previousEpo,
      previousHead,
      refused,
      presented,
      memory: found.memory.toString("latin1"),
    }
  },
}
