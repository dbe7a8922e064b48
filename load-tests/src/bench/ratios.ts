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
  /**
   * The same from CPU alone: what it would be on these cores if nobody else used them and nobody waited. Throughput says more on
   * a machine that is idle, this on one that is not. Null for what is no throughput, and where the broker's CPU is unknown.
   */
  readonly byCpu: number | null
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

/** What is required of a machine that has its broker beside it: of V chained, of what the floor leaves of B staged. */
const OF_V = 1
const OF_FLOOR = 0.75
const P99_MS = { chained: 250, staged: 500 } as const

const atLeast = (name: string, value: number, byCpu: number | null, target: number): Share => ({
  ...{ name, value, byCpu, target },
  met: value >= target,
})

/** CPU of both, for one message; null where the broker's is not known. */
const usOf = (drain: Drain): number | null => {
  const { node, broker } = costOf(drain)
  return broker === null ? null : node + broker
}

/** A loop that only verifies: signatures a second, and CPU of one. */
export interface Loop {
  readonly perSecond: number
  readonly cpuUs: number
}

const ofV = (v: Loop, { drains }: TopologyResult): Share => {
  const pipeline = medianOf(drains)
  const us = usOf(pipeline)
  return atLeast("chained / V", pipeline.perSecond / v.perSecond, us === null ? null : v.cpuUs / us, OF_V)
}

const ofFloor = (best: Loop, { drains, floor }: TopologyResult): Share => {
  const [pipeline, bare] = [medianOf(drains), medianOf(floor)]
  const [us, bareUs] = [usOf(pipeline), usOf(bare)]
  const byCpu = us === null || bareUs === null ? null : (best.cpuUs + bareUs) / us
  const left = leftByFloor(best.perSecond, bare.perSecond)
  return atLeast("staged / what its floor leaves of B", pipeline.perSecond / left, byCpu, OF_FLOOR)
}

/** @param v the loop of 254bc7c; `best`: the same with the best backends */
export const sharesOf = (v: Loop, best: Loop, result: TopologyResult): Array<Share> => {
  const { topology, atHalfTheKnee } = result
  const share = topology === "chained" ? ofV(v, result) : ofFloor(best, result)
  if (atHalfTheKnee === null) return [share]
  const [value, target] = [atHalfTheKnee.p99, P99_MS[topology]]
  return [share, { name: `${topology}, p99 at half the knee, ms`, value, byCpu: null, target, met: value < target }]
}
