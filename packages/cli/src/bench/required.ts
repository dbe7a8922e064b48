/** The table of docs/performance: what is required of ratios of one run, and what this run says of it. */
import { type Output, table } from "../output.ts"
import type { LatencyResult } from "./latency.ts"
import type { PipelineResult } from "./pipeline.ts"
import type { Limits } from "./show.ts"

export interface Row {
  readonly name: string
  readonly required: number
  readonly measured: number
  /** Whether more is better. */
  readonly atLeast: boolean
  readonly met: boolean
}

export interface Measured extends Limits {
  /** One for each fleet, the smallest first. */
  readonly chained: ReadonlyArray<PipelineResult>
  readonly staged: PipelineResult
  readonly latency: LatencyResult
}

/** CPU of a signature of V where the figures besides it were asked for, microseconds. */
const V_US = 187

/** Fleets of at least so many devices, and the share of the smallest fleet's rate that they are to have. */
const FLAT: ReadonlyArray<readonly [devices: number, share: number]> = [
  [1_000_000, 0.9],
  [100_000, 0.95],
]

const atLeast = (name: string, required: number, measured: number): Row => ({
  name,
  required,
  measured,
  atLeast: true,
  met: measured >= required,
})

const below = (name: string, required: number, measured: number): Row => ({
  name,
  required,
  measured,
  atLeast: false,
  met: measured < required,
})

export const against = ({ v, b, threads, chained, staged, latency }: Measured): ReadonlyArray<Row> => {
  const first = chained[0]!
  const usOf = (perSecond: number): number => (threads * 1e6) / perSecond
  const besides = (first.processUs - usOf(b)) * (V_US / usOf(v))
  return [
    atLeast("chained / V", 1.2, first.perSecond / v),
    atLeast("chained / B", 0.7, first.perSecond / b),
    below(`us besides the signature, where V costs ${V_US}`, 45, besides),
    atLeast("staged / V", 0.7, staged.perSecond / v),
    ...chained.flatMap(({ devices, perSecond, bytesPerDevice }) => {
      const share = FLAT.find(([least]) => devices >= least && first.devices < least)?.[1]
      if (share === undefined) return []
      const row = atLeast(`${devices} devices / ${first.devices}`, share, perSecond / first.perSecond)
      return bytesPerDevice === null ? [row] : [row, below("memory of a device, bytes", 2_000, bytesPerDevice)]
    }),
    below("p99 at half the throughput, ms", 50, latency.p99),
  ]
}

export const showRequired = (rows: ReadonlyArray<Row>, output: Output): void =>
  output.say(
    table(
      ["", "measured", "required", ""],
      rows.map(({ name, required, measured, atLeast: least, met }) => [
        name,
        measured >= 10 ? measured.toFixed(0) : measured.toFixed(2),
        `${least ? "at least" : "below"} ${required}`,
        met ? "met" : "MISSED",
      ]),
      [1],
    ),
  )
