/**
 * The stored form of a state, little-endian:
 *
 *   byte 0       version, 1
 *   byte 1..     the cells as float64, as state.ts lays them out
 *
 * Packed by hand and not by Avro: an array of doubles in Avro is the same eight bytes each, with blocks around them.
 */
import { cellsFrom, HEADER, isBreaker, SLOTS, slotAt } from "@assay/detection"
import type { StateCodec } from "@assay/trust"
import type { AnomalyState } from "./state.ts"

const VERSION = 1
const BYTES = 8

const isDevice = (cells: AnomalyState): boolean =>
  cells.length >= HEADER &&
  Number.isInteger(cells[SLOTS]) &&
  cells[SLOTS]! >= 0 &&
  slotAt(cells[SLOTS]!) <= cells.length

export const codec: StateCodec<AnomalyState> = {
  encode(state) {
    const bytes = Buffer.allocUnsafe(1 + state.length * BYTES)
    bytes[0] = VERSION
    for (let index = 0; index < state.length; index++) bytes.writeDoubleLE(state[index]!, 1 + index * BYTES)
    return bytes
  },
  /** @throws on another version or a length that no state has: the data directory is then damaged or newer. */
  decode(bytes) {
    if (bytes[0] !== VERSION) throw new Error(`anomaly state of version ${bytes[0]} is not known here`)
    const count = (bytes.length - 1) / BYTES
    if (!Number.isInteger(count)) throw new Error("anomaly state is cut off")
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const cells = cellsFrom(count, (index) => view.getFloat64(1 + index * BYTES, true))
    if (!isBreaker(cells) && !isDevice(cells)) throw new Error("anomaly state has an impossible length")
    return cells
  },
}
