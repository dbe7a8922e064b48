/** One round: a fleet, a carrier, and the same messages with it and without it. All follows from the seed. */
import { type Random, randomOf, World } from "@assay/fleet"
import { type Delivery, onTime, type Strategy } from "./carrier.ts"
import { type Compared, compare } from "./compare.ts"
import { type Fleet, fleetOf } from "./devices.ts"
import { type DriveOptions, drive, type Stop } from "./drive.ts"
import type { KnownLimit } from "./known-limits.ts"

/** 2025-10-09T08:53:20Z: every run happens then. */
const START = 1_760_000_000
/** What a credential grants, messages a minute: a carrier can hand over more at once. */
const RATE_PER_MINUTE = 120
/** Between two stops the node judges without a pause. */
const STOPS = 10
/** And as many evenly over the time that the fleet speaks, so that silence is noticed. */
const TICKS = 6
const RESTARTS = 2

export interface RoundOptions {
  readonly seed: string
  readonly devices: number
  /** Of each device. */
  readonly messages: number
  /** Changes the stages, or what is known: to see that the comparison finds what is planted. */
  readonly adapt?: DriveOptions["adapt"]
  readonly limits?: ReadonlyArray<KnownLimit>
}

export interface Round extends Compared {
  readonly strategy: string
  readonly seed: string
  readonly messages: number
  readonly deliveries: number
}

export const runRound = async (
  strategy: Strategy,
  { seed, devices, messages, adapt, limits }: RoundOptions,
): Promise<Round> => {
  const random = randomOf(`attack ${seed}`)
  const world = new World({ seed, now: START, ratePerMinute: RATE_PER_MINUTE })
  const fleet = fleetOf(world, devices, messages, random)
  const stops = stopsOf(fleet, random)
  const options = { partitions: 1 + random.below(3), topology: random.pick(["chained", "staged"] as const), adapt }
  const without = fleet.sent.map(onTime)
  const under = deliveriesOf(fleet, strategy, stops, random)
  const [reference, attacked] = [await drive(fleet, without, stops, options), await drive(fleet, under, stops, options)]
  const compared = compare(fleet, { deliveries: without, run: reference }, { deliveries: under, run: attacked }, limits)
  return { ...compared, strategy: strategy.name, seed, messages: without.length, deliveries: under.length }
}

/** The same in both runs: knowledge comes into force, time passes, the node restarts. */
const stopsOf = ({ sent, knownAt }: Fleet, random: Random): ReadonlyArray<Stop> => {
  const later = sent.filter(({ at }) => at > knownAt)
  const times = Array.from({ length: STOPS }, (_, n) => later[Math.floor(((n + 0.3) * later.length) / STOPS)]!.at + 1)
  const restarting = new Set(random.shuffled(times).slice(0, RESTARTS))
  return [
    // Twice, because an admission waits for the stages: a device is known once it has come back.
    { at: knownAt, isKnown: true, restarts: random.next() < 0.5 },
    { at: knownAt + 2_500, isKnown: false, restarts: false },
    ...Array.from({ length: TICKS }, (_, n) => ({
      at: Math.floor(knownAt + ((n + 1) * (later.at(-1)!.at - knownAt)) / (TICKS + 1)),
      isKnown: false,
      restarts: false,
    })),
    ...times.map((at) => ({ at, isKnown: false, restarts: restarting.has(at) })),
  ].toSorted((a, b) => a.at - b.at)
}

/** By what the carrier does with each device by itself, in the order of arrival. The last word of each device is left alone. */
const deliveriesOf = (
  { sent, kinds, knownAt, last }: Fleet,
  strategy: Strategy,
  stops: ReadonlyArray<Stop>,
  random: Random,
): ReadonlyArray<Delivery> => {
  const keys = [...kinds.keys(), "", "did:key:nobody"]
  const restarts = stops.filter((stop) => stop.restarts).map(({ at }) => at)
  const deliveries = [...kinds.keys()].flatMap((device) => {
    const own = sent.filter((one) => one.device === device)
    const open = own.filter(({ id }) => !last.has(id))
    return [
      ...strategy.deliver({ sent: open, knownAt, restarts, keys }, random),
      ...own.filter(({ id }) => last.has(id)).map(onTime),
    ]
  })
  return deliveries.toSorted((a, b) => a.at - b.at)
}
