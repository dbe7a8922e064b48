/** Honest devices of every kind of key, and what each signs when: one list for the run with the carrier and the one without. */

import type { Random } from "@assay/fleet"
import { type Device, headerOf, signToken, type World } from "@assay/fleet"

/** One thing that an honest device signed. */
export interface Sent {
  /** Its place among all that the fleet signed. */
  readonly id: number
  /** The DID of its device. */
  readonly device: string
  /** When it was signed and, without a carrier, arrives; milliseconds since 1970. */
  readonly at: number
  readonly bytes: Uint8Array
}

/** How a kind of machine speaks. */
export interface Kind {
  readonly name: string
  readonly about: string
  /** Milliseconds between two messages. */
  readonly periodMs: number
  /** Messages of a device at most; else as many as the run asks for. */
  readonly most?: number
  /** Signs the nth of `count` messages. `iat` is what a right clock shows, seconds. */
  speak(device: Device, n: number, count: number, iat: number, world: World): { readonly bytes: Uint8Array }
}

/** How far the clock of a `clock-set-back` was ahead, seconds: within the skew that the rules allow. */
const AHEAD = 45
/** In messages: a device says its firmware that often. */
const FIRMWARE_EVERY = 8

export const KINDS: ReadonlyArray<Kind> = [
  {
    name: "steady",
    about: "a reading every 4 seconds",
    periodMs: 4_000,
    speak: (device, _n, _count, iat) => device.message({ iat }),
  },
  {
    name: "events",
    about: "readings and events in turn, one every 10 seconds",
    periodMs: 10_000,
    speak: (device, n, _count, iat) => device.message(n % 2 === 0 ? { iat } : { iat, act: "event" }),
  },
  {
    name: "reboots",
    about: "begins a boot epoch every 17 messages",
    periodMs: 6_000,
    speak: (device, n, _count, iat) => {
      if (n > 0 && n % 17 === 0) device.reboot()
      return device.message({ iat })
    },
  },
  {
    name: "deep-sleeper",
    about: "boots for each message, one a minute",
    periodMs: 60_000,
    speak: (device, n, _count, iat) => {
      if (n > 0) device.reboot()
      return device.message({ iat })
    },
  },
  {
    name: "updated",
    about: "takes a newer firmware half-way, and says so at once",
    periodMs: 8_000,
    speak: (device, n, count, iat, world) => {
      const update = count >> 1
      if (n === update) device.reboot()
      if (n === update) return device.message({ iat, fw: device.profile.firmware })
      const says = n % FIRMWARE_EVERY === 0 || n === update - 1
      return device.message(n < update && says ? { iat, fw: world.olderFirmware } : { iat })
    },
  },
  {
    name: "clock-set-back",
    about: "its clock is 45 seconds ahead until it is set right half-way, at a boot",
    periodMs: 5_000,
    speak: (device, n, count, iat) => {
      if (n === count >> 1) device.reboot()
      return device.message({ iat: n < count >> 1 ? iat + AHEAD : iat })
    },
  },
  {
    name: "slow",
    about: "a reading every quarter of an hour",
    periodMs: 900_000,
    most: 60,
    speak: (device, _n, _count, iat) => device.message({ iat }),
  },
  {
    name: "daily",
    about: "a reading a day",
    periodMs: 86_400_000,
    most: 24,
    speak: (device, _n, _count, iat) => device.message({ iat }),
  },
]

export interface Fleet {
  readonly world: World
  /** In the order in which it was signed. */
  readonly sent: ReadonlyArray<Sent>
  /** The kind of each device, by DID. */
  readonly kinds: ReadonlyMap<string, Kind>
  /** When bundle and policy come into force: half of the devices speak before. Milliseconds since 1970. */
  readonly knownAt: number
  /** Of each device, the last thing that it signed: the carrier leaves it alone, and it shows where the device stands. */
  readonly last: ReadonlySet<number>
}

/** The carrier has so long to hand over what it kept, before the last message of each device, milliseconds. */
export const REST_MS = 90_000_000
const EARLY_MESSAGES = 6
const EARLY_MS = 30_000

/** Signs everything that `devices` machines say: a presentation before the knowledge, one after it, and their messages. */
export const fleetOf = (world: World, devices: number, messages: number, random: Random): Fleet => {
  const start = world.now * 1000
  const knownAt = start + EARLY_MS
  const kinds = new Map<string, Kind>()
  const spoken: Array<Omit<Sent, "id"> & { readonly isLast: boolean }> = []
  const first = random.below(KINDS.length)
  for (let ordinal = 0; ordinal < devices; ordinal++) {
    const kind = KINDS[(first + ordinal) % KINDS.length]!
    const device = world.device(`honest ${ordinal}`, { ordinal: ordinal + random.below(4) })
    kinds.set(device.did, kind)
    const say = (at: number, { bytes }: { readonly bytes: Uint8Array }, isLast = false): void =>
      void spoken.push({ device: device.did, at, bytes, isLast })
    const count = Math.min(messages, kind.most ?? messages)
    const early = ordinal % 2 === 0 ? Math.min(EARLY_MESSAGES, count >> 1) : 0
    const speak = (n: number, at: number, isLast = false): void =>
      say(at, kind.speak(device, n, count, Math.floor(at / 1000), world), isLast)
    if (early > 0) say(start + 1_000, presentationOf(device, start + 1_000))
    for (let n = 0; n < early; n++) speak(n, start + 2_000 + n * 4_000 + random.below(1_000))
    const shown = knownAt + 1_000 + random.below(1_000)
    say(shown, presentationOf(device, shown))
    let at = knownAt + 3_000
    for (let n = early; n < count - 1; n++) {
      at += Math.floor(kind.periodMs * (0.8 + 0.4 * random.next()))
      speak(n, at)
    }
    speak(count - 1, at + REST_MS, true)
  }
  spoken.sort((a, b) => a.at - b.at)
  const sent = spoken.map(({ device, at, bytes }, id) => ({ id, device, at, bytes }))
  const last = new Set(spoken.flatMap(({ isLast }, id) => (isLast ? [id] : [])))
  return { world, sent, kinds, knownAt, last }
}

const presentationOf = (device: Device, at: number): { readonly bytes: Uint8Array } => {
  const { identity, audience, credentials } = device.profile
  const payload = { iss: device.did, aud: audience, iat: Math.floor(at / 1000), vc: credentials }
  return signToken(identity, headerOf(identity, "m2m-presentation+jwt"), payload)
}
