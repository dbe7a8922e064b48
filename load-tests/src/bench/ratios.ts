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

const OF_VERIFY = { chained: 0.5, staged: 0.3 } as const
const OF_FLOOR = 0.8
const P99_MS = 1_000

const atLeast = (name: string, value: number, byCpu: number | null, target: number): Share => ({
  ...{ name, value, byCpu, target },
  met: value >= target,
})

/** CPU of both, for one message; null where the broker's is not known. */
const usOf = (drain: Drain): number | null => {
  const { node, broker } = costOf(drain)
  return broker === null ? null : node + broker
}

/** @param verify messages a second of the loop that only verifies; `cpuUs`: of one of them */
export const sharesOf = (
  verify: { readonly perSecond: number; readonly cpuUs: number },
  { topology, drains, floor, atHalfTheKnee }: TopologyResult,
): Array<Share> => {
  const [pipeline, bare] = [medianOf(drains), medianOf(floor)]
  const left = leftByFloor(verify.perSecond, bare.perSecond)
  const [pipelineUs, floorUs] = [usOf(pipeline), usOf(bare)]
  const ofVerify = pipelineUs === null ? null : verify.cpuUs / pipelineUs
  const ofFloor = pipelineUs === null || floorUs === null ? null : (verify.cpuUs + floorUs) / pipelineUs
  return [
    atLeast(`${topology} / verify only`, pipeline.perSecond / verify.perSecond, ofVerify, OF_VERIFY[topology]),
    atLeast(`${topology} / what its floor leaves`, pipeline.perSecond / left, ofFloor, OF_FLOOR),
    ...(atHalfTheKnee === null
      ? []
      : [
          {
            name: `${topology}, p99 at half the knee, ms`,
            value: atHalfTheKnee.p99,
            byCpu: null,
            target: P99_MS,
            met: atHalfTheKnee.p99 < P99_MS,
          },
        ]),
  ]
}
