/** How a state is stored: Avro `state-integrity.avsc`, whose first field is the version. */
import { schemaOf } from "@assay/schemas/load"
import type { StateCodec } from "@assay/trust"
import avsc from "avsc"
import type { IntegrityState } from "./state.ts"

const VERSION = 1
const type = avsc.Type.forSchema(schemaOf("state-integrity") as avsc.Schema)

export const integrityCodec: StateCodec<IntegrityState> = {
  encode: (state) => type.toBuffer({ version: VERSION, ...state }),
  /** @throws Error on another version or broken bytes: the data directory is then newer or damaged */
  decode: (bytes) => {
    // The version is Avro's zigzag varint: 1 is 02.
    if (bytes[0] !== 2 * VERSION) throw new Error("integrity state of a version that is not known here")
    const stored = type.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    const { epo, base, head, oldEpo, oldBase, oldHead, oldLast, seen, known, held, digests, svn, model } = stored
    return { epo, base, head, oldEpo, oldBase, oldHead, oldLast, seen, known, held, digests: [...digests], svn, model }
  },
}
