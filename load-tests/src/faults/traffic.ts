/**
 * What devices and attackers say while faults happen: an honest fleet that speaks in turns, attacks of the whole catalogue
 * mixed in, wave after wave, and now and then a record that is none of ours. Endless; it signs as it is read.
 */

import { encodeSubmitted } from "@assay/engine"
import {
  ATTACKS,
  type Device,
  envelopeOf,
  type Random,
  randomOf,
  type Scale,
  Scene,
  type Step,
  type Submission,
  type World,
} from "@assay/fleet"
import { nowSeconds } from "../now.ts"

/** Bytes for `submitted` that are no entry: they end as a rejected record and a dead letter. */
export interface Planted {
  readonly kind: "planted"
  readonly what: string
  readonly key: Uint8Array
  readonly value: Uint8Array
  readonly absent?: { readonly value: true }
  readonly headers?: Readonly<Record<string, Uint8Array>>
}

export type Said = Submission | Planted

export interface TrafficOptions {
  readonly world: World
  readonly seed: string
  readonly devices: number
  /** Of so many, one is a step of an attack (default 3); asked for each. */
  readonly attackEvery?: () => number
}

/** Small: speed is not what is tried here. */
const SCALE: Scale = { learn: 20, flood: 40, crowd: 15 }
const AT_ONCE = 6
const ATTACK_EVERY = 3
/** Of so many, one is planted. */
const PLANTED_EVERY = 60

/** The same world, later: what its devices sign from now on bears this time. */
const later = (world: World): World => Object.create(world, { now: { value: nowSeconds() } }) as World

const message = (device: Device, bytes: Uint8Array): Submission => ({
  kind: "message",
  key: Buffer.from(device.did),
  envelope: envelopeOf(bytes),
  label: { honest: true, role: "normal", attack: null, instance: 0, device: device.did, expect: null },
})

/** One injection after the other, without end. */
function* injections(world: World, random: Random): Generator<ReadonlyArray<Step>> {
  for (let instance = 0; ; instance++)
    for (const attack of random.shuffled(ATTACKS))
      yield [...attack.inject(new Scene(later(world), attack, instance, SCALE))]
}

const JUNK: ReadonlyArray<(random: Random) => Omit<Planted, "kind" | "key">> = [
  (random) => ({ what: "random bytes", value: Buffer.from(Array.from({ length: 40 }, () => random.below(256))) }),
  () => ({
    what: "a truncated entry",
    value: encodeSubmitted(Buffer.of(1), envelopeOf(Buffer.alloc(64))).value.subarray(0, 30),
  }),
  (random) => ({ what: "an unknown schema id", value: Buffer.of(0, 0x7f, random.below(256), 1, 2, 3, 4) }),
  () => ({ what: "a null value", value: new Uint8Array(0), absent: { value: true } }),
  () => ({
    what: "large headers",
    value: Buffer.from("not ours"),
    headers: { "x-large": Buffer.alloc(48 << 10, 0x61) },
  }),
]

export interface Traffic {
  /** What makes the fleet known: to be submitted, and decided on, before the rest. */
  enrolment(): Iterable<Submission>
  run(): Generator<Said>
}

/** The same messages go on where another load took them last. */
export const inOneRow = (traffic: Traffic): Traffic => {
  const all = traffic.run()
  return {
    ...traffic,
    run: function* () {
      for (;;) yield all.next().value as Said
    },
  }
}

export const trafficOf = ({ world, seed, devices, attackEvery = () => ATTACK_EVERY }: TrafficOptions): Traffic => {
  const random = randomOf(`mix\0${seed}`)
  const fleet = Array.from({ length: devices }, (_, n) => world.device(`fleet ${n}`, { ordinal: n }))
  const source = injections(world, random)
  const active: Array<Array<Step>> = []

  function* attackStep(): Generator<Said> {
    while (active.length < AT_ONCE) {
      const steps = source.next().value as ReadonlyArray<Step>
      for (const { submission, when } of steps) if (when === "enrolment") yield submission
      active.unshift(steps.filter(({ when }) => when !== "enrolment"))
    }
    // In turns: the one that has rested longest.
    const steps = active.pop()!
    const first = steps.shift()
    if (first !== undefined) yield first.submission
    while (steps[0]?.when === "at-once") yield steps.shift()!.submission
    if (steps.length > 0) active.unshift(steps)
  }

  return {
    enrolment: function* () {
      for (const device of fleet) yield message(device, device.presentation().bytes)
    },
    run: function* () {
      for (let said = 0, turn = 0; ; said++) {
        if (said % PLANTED_EVERY === PLANTED_EVERY - 1) {
          const junk = random.pick(JUNK)(random)
          yield { kind: "planted", key: Buffer.from(`planted ${said}`), ...junk }
        } else if (said % attackEvery() === attackEvery() - 1) yield* attackStep()
        else {
          const device = fleet[turn++ % fleet.length]!
          yield message(device, device.message({ iat: nowSeconds() }).bytes)
        }
      }
    },
  }
}
