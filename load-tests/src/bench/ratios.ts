/** What the figures of a run say against each other, and against what was asked for. */

import { totalOf } from "./cpu.ts"
import { type Drain, medianOf } from "./drain.ts"
import type { TopologyResult } from "./topology.ts"

/**
 * The most that is possible on these cores when every message costs what verifying its signature costs (at a rate of `verify`
 * with all cores) and what moving it costs (`floor`): costs add up, so rates add up as resistances in parallel do.
 */
export const leftByFloor = (verify: number, floor: number): number => 1 / (1 / verify + 1 / floor)

export interface Share {
  readonly name: string
  readonly value: number
  readonly target: number
  readonly met: boolean
}

export interface Cost {
  /** Microseconds of CPU for one message: of all our processes, and of the broker. */
  readonly node: number
  readonly broker: number | null
  /** How many cores were busy with both. */
  readonly cores: number
}

export const costOf = ({ cpuUs, perSecond }: Drain): Cost => {
  const { broker, ...own } = cpuUs
  const node = totalOf(own)
  return { node, broker: broker ?? null, cores: ((node + (broker ?? 0)) * perSecond) / 1e6 }
}

const OF_VERIFY = { chained: 0.5, staged: 0.3 } as const
const OF_FLOOR = 0.8
const P99_MS = 1_000

const atLeast = (name: string, value: number, target: number): Share => ({ name, value, target, met: value >= target })

export const sharesOf = (verify: number, { topology, drains, floor, atHalfTheKnee }: TopologyResult): Array<Share> => {
  const rate = medianOf(drains).perSecond
  const left = leftByFloor(verify, medianOf(floor).perSecond)
  return [
    atLeast(`${topology} / verify only`, rate / verify, OF_VERIFY[topology]),
    atLeast(`${topology} / what its floor leaves`, rate / left, OF_FLOOR),
    ...(atHalfTheKnee === null
      ? []
      : [
          {
            name: `${topology}, p99 at half the knee, ms`,
            value: atHalfTheKnee.p99,
            target: P99_MS,
            met: atHalfTheKnee.p99 < P99_MS,
          },
        ]),
  ]
}
