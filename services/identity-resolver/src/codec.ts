/** How a state is stored: one version byte, then Avro `state-identity.avsc`. */
import { schemaOf } from "@assay/schemas/load"
import type { StateCodec } from "@assay/trust"
import avsc from "avsc"
import { MEMORY_BYTES } from "./memory.ts"
import type { IdentityState } from "./state.ts"

const VERSION = 1
const type = avsc.Type.forSchema(schemaOf("state-identity") as avsc.Schema)

export const identityCodec: StateCodec<IdentityState> = {
  encode: (state) => {
    const body = type.toBuffer({
      ...state,
      memory: Buffer.from(state.memory.buffer, state.memory.byteOffset, state.memory.byteLength),
    })
    return Buffer.concat([Uint8Array.of(VERSION), body])
  },
  decode: (bytes) => {
    if (bytes[0] !== VERSION) throw new Error(`identity state of version ${bytes[0]} is not known here`)
    const found = type.fromBuffer(
      Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1),
    ) as IdentityState
    if (found.memory.length !== MEMORY_BYTES)
      throw new Error(`identity state with ${found.memory.length} bytes of memory`)
    return { ...found, memory: new Uint8Array(found.memory) }
  },
}
