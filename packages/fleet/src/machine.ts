/** A machine of an honest kind that really signs: what it says in the order in which it arrives. */
import type { Device, SenmlRecord } from "./device.ts"
import type { Emission, Kind } from "./kind.ts"
import { randomOf } from "./random.ts"
import type { World } from "./world.ts"

/** At `at`, milliseconds since 1970: a device shows its credential, or a message arrives. */
export interface Arrival {
  readonly kind: "presentation" | "message"
  readonly at: number
  readonly did: string
  readonly bytes: Uint8Array
}

export interface Run {
  /** Which machine of its kind. */
  readonly nth: number
  /** Milliseconds since 1970, inclusive and exclusive. */
  readonly start: number
  readonly end: number
}

/** A worn flash gives back a position that is at most so many messages old. */
const STORED_EVERY = 32

/** Times never run backwards. Deterministic but for the random part of ES256 signatures. */
export function* machineOf(world: World, kind: Kind, { nth, start, end }: Run): Iterable<Arrival> {
  let boards = 0
  const board = (at: number): Device =>
    world.device(`${kind.name} ${nth} ${boards}`, {
      ordinal: nth + boards++,
      firmware: "current",
      credential: {
        kind: "good",
        measurements: [{ name: `${world.measurements}*`, unit: null, min: null, max: null }],
        ...(kind.credentialAhead === undefined ? {} : { validFrom: at + kind.credentialAhead * 1000 }),
      },
    })
  let device = board(start)
  let stored = device.copy()
  let said = 0
  yield showing(device, start)
  const waiting: Array<Arrival> = []
  for (const emission of kind.emit(randomOf(`${world.seed} ${kind.name} ${nth}`), start)) {
    const { at } = emission
    if (at >= end) break
    while (waiting.length > 0 && waiting[0]!.at <= at) yield waiting.shift()!
    if (emission.boots === "swapped") {
      device = board(at)
      yield showing(device, at)
    }
    if (emission.boots === "forgot") device = stored.copy()
    if (emission.boots === "counted") device.reboot()
    if (said++ % STORED_EVERY === 0) stored = device.copy()
    const signed = device.message(wordsOf(world, device, kind, emission))
    if (emission.lost === true) continue
    const arrival = { kind: "message", at: emission.arrives ?? at, did: device.did, bytes: signed.bytes } as const
    // Nearly always at its end: what is held is held together.
    let place = waiting.length
    while (place > 0 && waiting[place - 1]!.at > arrival.at) place--
    waiting.splice(place, 0, arrival)
  }
  yield* waiting
}

const showing = (device: Device, at: number): Arrival => ({
  kind: "presentation",
  at,
  did: device.did,
  bytes: device.presentation(device.profile.credentials, Math.floor(at / 1000)).bytes,
})

const wordsOf = (world: World, device: Device, kind: Kind, { at, iat, values, unit, firmware }: Emission) => ({
  iat: iat ?? Math.floor(at / 1000),
  senml: Object.entries(values).map(([name, value], index): SenmlRecord => {
    const u = unit ?? kind.units[name] ?? null
    return {
      ...(index === 0 ? { bn: device.profile.prefix } : {}),
      n: name,
      ...(u === null ? {} : { u }),
      ...(typeof value === "boolean" ? { vb: value } : { v: value }),
    }
  }),
  ...(firmware === undefined ? {} : { fw: firmware === "older" ? world.olderFirmware : device.profile.firmware }),
})

/** What several machines say, in one order of time. */
export function* together(
  machines: ReadonlyArray<Iterable<Arrival>>,
): Iterable<Arrival & { readonly machine: number }> {
  const open = machines.map((machine) => machine[Symbol.iterator]())
  const next = open.map((machine) => machine.next())
  for (;;) {
    let first = -1
    next.forEach((one, index) => {
      if (one.done !== true && (first < 0 || one.value.at < next[first]!.value.at)) first = index
    })
    if (first < 0) return
    yield { ...(next[first]!.value as Arrival), machine: first }
    next[first] = open[first]!.next()
  }
}
