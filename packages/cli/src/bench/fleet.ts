/** Signed messages made before the clock starts: what is measured is judging, not signing. */

import { encodeSubmitted } from "@assay/engine"
import { type Device, World } from "@assay/fleet"
import { type NewRecord, partitionOf } from "@assay/log"

export interface Prepared {
  readonly partition: number
  readonly record: NewRecord
  /** The compact JWS, for the verify-only loop. */
  readonly token: Uint8Array
}

export interface BenchFleet {
  readonly world: World
  /** One presentation for each device. */
  readonly presentations: ReadonlyArray<Prepared>
  /** Signs the next `count` messages, the devices in turns. */
  next(count: number): ReadonlyArray<Prepared>
}

const envelope = (bytes: Uint8Array) => ({
  bytes,
  mediaType: "application/jose",
  binding: "test",
  originator: null,
  principal: null,
})

/** @param partitions of the log that the records go to; half of the devices sign with Ed25519, half with ES256 */
export const benchFleet = (devices: number, partitions: number, seed: string): BenchFleet => {
  const world = new World({ seed, now: Math.floor(Date.now() / 1000), ratePerMinute: 1_000_000 })
  const fleet: Array<Device> = []
  for (let n = 0; n < devices; n++) fleet.push(world.device(`bench ${n}`, { ordinal: n }))
  const prepared = (device: Device, bytes: Uint8Array): Prepared => {
    const key = Buffer.from(device.did)
    return { partition: partitionOf(key, partitions), record: encodeSubmitted(key, envelope(bytes)), token: bytes }
  }
  let turn = 0
  return {
    world,
    presentations: fleet.map((device) => prepared(device, device.presentation().bytes)),
    next: (count) => {
      const made: Array<Prepared> = []
      for (let n = 0; n < count; n++) {
        const device = fleet[turn++ % devices]!
        made.push(prepared(device, device.message().bytes))
      }
      return made
    },
  }
}
