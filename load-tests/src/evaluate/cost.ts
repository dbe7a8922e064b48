/**
 * What detection costs: CPU of the last stage for a message beside the verify-only loop V in the same run, and bytes of state for
 * a measurement. The stage as its services run it, over messages that were made beforehand; no log, no codec.
 */
import { benchFleet, verifyOnly } from "@assay/cli/bench"
import { KINDS, randomOf } from "@assay/fleet"
import type { AnyStage, MessageEntry } from "@assay/trust"
import { median } from "../median.ts"
import { OneDevice } from "./stage-only.ts"

/** What a signature costs in V on the machine that the target was set for. */
export const TARGET_V_US = 187
const DEVICES = 200
/** Of each device: judged before anything is measured, so that each measurement is known and V8 has compiled; then measured. */
const WARM_UP = 150
const MEASURED = 150
const V_SECONDS = 2
const ROUNDS = 3
const START = Date.UTC(2026, 0, 5)

export interface CostReport {
  /** Microseconds of CPU: a message with three readings, and a signature by V; medians of the rounds. */
  readonly stageUs: number
  readonly vUs: number
  /** The stage where V costs 187. */
  readonly scaledUs: number
  /** Bytes of a measurement that knows its day, and of a device without any. */
  readonly bytesPerMeasurement: number
  readonly bytesPerDevice: number
}

const kindOf = (name: string) => KINDS.find((kind) => kind.name === name)!

/** Three readings each: recorded weather, by the hour. */
const weather = (device: OneDevice, nth: number): ReadonlyArray<MessageEntry> => {
  const entries: Array<MessageEntry> = []
  for (const { at, values } of kindOf("hourly-weather").emit(randomOf(`cost ${nth}`), START)) {
    if (entries.push(device.entry(at, values)) === WARM_UP + MEASURED) break
  }
  return entries
}

const stageRound = (stage: AnyStage): number => {
  const devices = Array.from({ length: DEVICES }, () => new OneDevice(stage, START))
  const said = devices.map(weather)
  const judge = (from: number, to: number): void => {
    for (let n = from; n < to; n++) for (const [index, device] of devices.entries()) device.judge(said[index]![n]!)
  }
  judge(0, WARM_UP)
  const before = process.threadCpuUsage()
  judge(WARM_UP, WARM_UP + MEASURED)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / (DEVICES * MEASURED)
}

/** The state of a device with so many measurements, each with a day that it knows. */
const bytesWith = (stage: AnyStage, measurements: number): number => {
  const device = new OneDevice(stage, START)
  const { emit, days } = kindOf("daily-sine")
  for (const { at, values } of emit(randomOf("cost"), START)) {
    if (at > START + days * 86_400_000) break
    const value = Object.values(values)[0]!
    device.say(at, Object.fromEntries(Array.from({ length: measurements }, (_, n) => [`m${n}`, value])))
  }
  return device.bytes
}

/** Stage and V in turns, so that what else the machine does meets both alike. */
export const measureCost = async (stage: AnyStage, onProgress: (line: string) => void): Promise<CostReport> => {
  const tokens = benchFleet(64, 1, "cost")
    .next(512)
    .map(({ token }) => token)
  const v: Array<number> = []
  const own: Array<number> = []
  for (let round = 0; round < ROUNDS; round++) {
    onProgress(`cost: round ${round + 1} of ${ROUNDS}`)
    v.push((await verifyOnly(tokens, V_SECONDS, { best: false }, 1)).cpuUsPerSignature)
    own.push(stageRound(stage))
  }
  const [stageUs, vUs] = [median(own), median(v)]
  const [none, one, two] = [0, 1, 2].map((count) => bytesWith(stage, count)) as [number, number, number]
  return { stageUs, vUs, scaledUs: (stageUs * TARGET_V_US) / vUs, bytesPerMeasurement: two - one, bytesPerDevice: none }
}
