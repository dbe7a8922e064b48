/** A series through the pipeline or through the last stage alone: what became of each of its rows. */
import type { AnyStage, Knowledge } from "@assay/trust"
import type { Series } from "./data/series.ts"
import type { Judged } from "./judged.ts"
import { OneDevice } from "./stage-only.ts"

/** Never releases anything: what is watched or quarantined leaves by itself or not at all. */
export type JudgeSeries = (series: Series) => Promise<ReadonlyArray<Judged>>

/** By the last stage alone. Each series is a device of its own, seen for the first time with its first row. */
export const byStage =
  (stage: AnyStage, knowledge: Knowledge): JudgeSeries =>
  async ({ rows }) => {
    const device = new OneDevice(stage, rows[0]?.at ?? 0, knowledge)
    return rows.map(({ at, pack }) => device.say(at, pack))
  }
