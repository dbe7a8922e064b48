/** The rate that this deployment still keeps up with, before the hours begin. */
import { setTimeout as sleep } from "node:timers/promises"
import { findKnee, LIMITS, type RateResult } from "../bench/knee.ts"
import type { Fleet } from "../faults/fleet.ts"
import type { Meter } from "./meter.ts"

const SECONDS = 10
const RATES = [100, 200, 400, 700, 1_000, 1_500, 2_200, 3_000, 4_000, 6_000]
/** The first third is for warming up. */
const THIRD_MS = (SECONDS / 3) * 1_000

/** @throws Error where not even the lowest rate is sustained */
export const kneeOf = async (fleet: Fleet, meter: Meter, progress: (line: string) => void): Promise<number> => {
  progress("looking for the knee ...")
  const measure = async (perSecond: number): Promise<RateResult> => {
    const load = fleet.load(perSecond)
    await sleep(THIRD_MS)
    meter.take()
    await sleep(THIRD_MS)
    const backlogMiddle = await fleet.work()
    await sleep(THIRD_MS)
    const backlogEnd = await fleet.work()
    const { decisions, p50, p99, count } = meter.take()
    const decided = (decisions * 1.5) / SECONDS
    await load.stop()
    await fleet.settled()
    progress(`  ${perSecond}/s: ${decided.toFixed(0)} decided, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`)
    return {
      ...{ offered: perSecond, decided, backlogMiddle, backlogEnd, finished: decided > 0.9 * perSecond, cores: {} },
      ...{ p50, p99, count, p90: 0, p999: 0, max: 0 },
    }
  }
  const limits = { ...LIMITS, p99: 2_000 }
  const { knee } = await findKnee({ rates: RATES, refinements: 1, seconds: SECONDS, limits, measure })
  if (knee === null) throw new Error("not even the lowest rate is sustained here")
  return knee
}
