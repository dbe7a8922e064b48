/** How a state is stored: one version byte, then Avro `state-segmentation.avsc`. */
import { schemaOf } from "@assay/schemas/load"
import type { StateCodec } from "@assay/trust"
import avsc from "avsc"
import type { SegmentationState } from "./state.ts"

const VERSION = 1
const type = avsc.Type.forSchema(schemaOf("state-segmentation") as avsc.Schema)

export const segmentationCodec: StateCodec<SegmentationState> = {
  encode: (state) => Buffer.concat([Uint8Array.of(VERSION), type.toBuffer(state)]),
  decode: (bytes) => {
    if (bytes[0] !== VERSION) throw new Error(`segmentation state of version ${bytes[0]} is not known here`)
    const found = type.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1))
    // Plain objects: avsc's own carry its type with them.
    return {
      denied: found.denied.map(({ zone, until }: { zone: string; until: number }) => ({ zone, until })),
      rates: found.rates.map(({ conduit, paidUntil }: { conduit: string; paidUntil: number }) => ({
        conduit,
        paidUntil,
      })),
    }
  },
}
