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
  /** One presentation for each device, signed when it is asked for: a million of them do not fit in memory. */
  presentations(): Iterable<Prepared>
  /** Signs the next `count` messages, those devices that speak in turns. */
  next(count: number): ReadonlyArray<Prepared>
}

const envelope = (bytes: Uint8Array) => ({
  bytes,
  mediaType: "application/jose",
  binding: "test",
  originator: null,
  principal: null,
})

/** Seconds since 1970. */
const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** The fleet's knowledge. @param now seconds since 1970 */
export const benchWorld = (seed: string, now = nowSeconds()): World =>
  new World({ seed, now, ratePerMinute: 1_000_000 })

/**
 * Half of the devices sign with Ed25519, half with ES256.
 * @param partitions of the log that the records go to
 * @param speakers how many of the devices send messages; the others show their credentials and are only known
 * @param now when its knowledge is signed, seconds since 1970
 */
export const benchFleet = (
  devices: number,
  partitions: number,
  seed: string,
  speakers = devices,
  now = nowSeconds(),
): BenchFleet => {
  const world = benchWorld(seed, now)
  const deviceOf = (n: number): Device => world.device(`bench ${n}`, { ordinal: n })
  const prepared = (device: Device, bytes: Uint8Array): Prepared => {
    const key = Buffer.from(device.did)
    return { partition: partitionOf(key, partitions), record: encodeSubmitted(key, envelope(bytes)), token: bytes }
  }
  // Who only shows its credentials is not kept.
  const speaking = Array.from({ length: Math.min(devices, speakers) }, (_, n) => deviceOf(n))
  let turn = 0
  return {
    world,
    *presentations() {
      for (let n = 0; n < devices; n++) {
        const device = speaking[n] ?? deviceOf(n)
        // Now: a large fleet takes longer than a presentation is fresh.
        yield prepared(device, device.presentation(undefined, nowSeconds()).bytes)
      }
    },
    next: (count) => {
      const made: Array<Prepared> = []
      for (let n = 0; n < count; n++) {
        const device = speaking[turn++ % speaking.length]!
        made.push(prepared(device, device.message().bytes))
      }
      return made
    },
  }
}
