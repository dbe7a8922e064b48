/** Which faults happen when. Pure: the same seed gives the same schedule; how processes answer to it is for the run. */
import { type Random, randomOf } from "@assay/fleet"

export const FAULTS = {
  "kill-one": "SIGKILL of one instance, which is started again at once",
  "kill-service": "SIGKILL of all instances of a service, which are started again at once",
  "kill-all": "SIGKILL of all instances of all services at once, which are started again",
  "restart-one": "SIGTERM of one instance, which ends by itself and is started again",
  "pause-one": "SIGSTOP of one instance beyond its session and its transaction, then SIGCONT",
  "pause-service": "SIGSTOP of all instances of a service beyond their sessions and transactions, then SIGCONT",
  "broker-stop": "a broker is stopped (SIGTERM) and started again",
  "broker-kill": "a broker is killed (SIGKILL) and started again",
  "broker-pause": "SIGSTOP of a broker for some seconds, then SIGCONT",
  "redis-restart": "Redis is killed and started again",
  "registry-restart": "the schema registry is killed and started again",
  "add-one": "one more instance of a service",
  "remove-one": "one instance of a service ends for good",
  "rebalance-kill": "one more instance joins, and another of the group is killed while it does",
  "rebalance-pause": "one more instance joins, and another of the group is paused while it does, then goes on",
} as const
export type FaultKind = keyof typeof FAULTS

export interface Fault {
  readonly kind: FaultKind
  /** Milliseconds from the beginning of the round. */
  readonly at: number
  /** Of those that can be hit (services, brokers): its number modulo how many there are. */
  readonly target: number
  /** Of the target's instances, the same way. */
  readonly instance: number
  /** How long it stays away or asleep, where that is part of the fault. */
  readonly forMs: number
}

export interface Round {
  readonly number: number
  /** In the order of `at`; the first at 0. */
  readonly faults: ReadonlyArray<Fault>
}

export interface ScheduleOptions {
  readonly seed: string
  readonly rounds: number
  /** Kinds that make sense here (there may be no registry). */
  readonly kinds: ReadonlyArray<FaultKind>
  /** A sleep must be longer than this: the session and the transaction timeout. */
  readonly timeoutMs: number
}

/** Each is about all of something, so at most one of its family happens in a round. */
const FAMILY: Readonly<Record<FaultKind, string>> = {
  "kill-one": "one",
  "kill-service": "service",
  "kill-all": "all",
  "restart-one": "one",
  "pause-one": "one",
  "pause-service": "service",
  "broker-stop": "broker",
  "broker-kill": "broker",
  "broker-pause": "broker",
  "redis-restart": "redis",
  "registry-restart": "registry",
  "add-one": "count",
  "remove-one": "count",
  "rebalance-kill": "rebalance",
  "rebalance-pause": "rebalance",
}

const MORE = [0.35, 0.1]
const SPREAD_MS = 1_500
const OUTAGE_MS = [500, 2_500] as const
const BROKER_SLEEP_MS = [2_000, 6_000] as const
/** Over the timeout. */
const SLEEP_MS = [1_000, 3_000] as const

const between = (random: Random, [from, to]: readonly [number, number]): number => from + random.below(to - from)

const durationOf = (kind: FaultKind, random: Random, timeoutMs: number): number => {
  if (kind === "broker-pause") return between(random, BROKER_SLEEP_MS)
  if (/pause/.test(kind)) return timeoutMs + between(random, SLEEP_MS)
  return between(random, OUTAGE_MS)
}

/**
 * The first fault of each round comes from a deck with every kind once, shuffled anew when it is used up, so that a short run
 * too has many kinds; others join it at random.
 */
export const scheduleOf = ({ seed, rounds, kinds, timeoutMs }: ScheduleOptions): ReadonlyArray<Round> => {
  const random = randomOf(`faults\0${seed}`)
  let deck: Array<FaultKind> = []
  const fault = (kind: FaultKind, at: number): Fault => ({
    kind,
    at,
    target: random.below(60),
    instance: random.below(60),
    forMs: durationOf(kind, random, timeoutMs),
  })
  return Array.from({ length: rounds }, (_, number) => {
    if (deck.length === 0) deck = random.shuffled(kinds)
    const faults = [fault(deck.pop()!, 0)]
    for (const chance of MORE) {
      if (random.next() >= chance) break
      const hit = new Set(faults.map(({ kind }) => FAMILY[kind]))
      const others = kinds.filter((kind) => !hit.has(FAMILY[kind]))
      if (others.length > 0) faults.push(fault(random.pick(others), random.below(SPREAD_MS)))
    }
    return { number: number + 1, faults: faults.sort((a, b) => a.at - b.at) }
  })
}
