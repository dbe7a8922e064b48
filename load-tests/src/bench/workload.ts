/** What a run sends: messages of a fleet that really signs, made before any clock starts. */

import { type BenchFleet, benchFleet, type Prepared } from "@assay/cli/bench"
import { encodeSubmitted } from "@assay/engine"
import type { World } from "@assay/fleet"
import { partitionOf } from "@assay/log"
import type { Envelope } from "@assay/trust"
import { type AttackMix, attackMix } from "./attack-mix.ts"

export interface Message extends Prepared {
  /** False for messages of the attack catalogue, those of its victims among them. */
  readonly ordinary: boolean
}

export interface WorkloadOptions {
  readonly devices: number
  readonly partitions: number
  readonly seed: string
  /** 0 to below 1: which part of the messages comes from the attack catalogue. */
  readonly attackShare: number
  /** How many messages the run takes at most; only as many attacks are signed. */
  readonly messages: number
  /** Sent over HTTP, a line each. */
  readonly lines?: boolean
}

export interface Workload {
  readonly world: World
  readonly attacks: ReadonlyArray<string>
  /** Presentations: to be decided before anything else is sent. */
  readonly enrolment: ReadonlyArray<Message>
  /** Signs the next `count` messages. */
  next(count: number): ReadonlyArray<Message>
}

/** The record as ingress would append it. */
const prepared = (key: Uint8Array, envelope: Envelope, partitions: number): Message => ({
  partition: partitionOf(key, partitions),
  record: encodeSubmitted(key, envelope),
  token: envelope.bytes,
  ordinary: false,
})

const ordinary = (message: Prepared): Message => ({ ...message, ordinary: true })

/** Each device says so much before it counts as known; sent first, and never measured. */
export const LEARNING = 10

export const makeWorkload = (options: WorkloadOptions): Workload => {
  const { devices, partitions, seed, attackShare, messages, lines = false } = options
  const fleet: BenchFleet = benchFleet(devices, partitions, seed)
  const attacks = Math.ceil(messages * attackShare)
  const mix: AttackMix | null = attacks > 0 ? attackMix(fleet.world, attacks, lines) : null
  let owed = 0
  const attack = (): Message | null => {
    if (mix === null) return null
    owed += attackShare
    if (owed < 1) return null
    owed -= 1
    const found = mix.next()
    return found === null ? null : prepared(found.key, found.envelope, partitions)
  }
  return {
    world: fleet.world,
    attacks: mix?.attacks ?? [],
    enrolment: [
      ...Array.from(fleet.presentations(), ordinary),
      ...(mix?.enrolment ?? []).map(({ key, envelope }) => prepared(key, envelope, partitions)),
    ],
    next: (count) => {
      const plan = Array.from({ length: count }, attack)
      const honest = fleet.next(plan.filter((message) => message === null).length)
      let nth = 0
      return plan.map((message) => message ?? ordinary(honest[nth++]!))
    },
  }
}
