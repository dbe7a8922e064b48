/** A series through the whole pipeline, as `assay backtest` drives it. */
import { backtest } from "@assay/cli/backtest"
import type { ProfileRules } from "@assay/trust"
import type { JudgeSeries } from "./judge-series.ts"
import { type Judged, judgedOf } from "./judged.ts"

/** Rows of one time are one message there: each of them gets what became of it. */
export const byPipeline =
  (rules: ProfileRules | null): JudgeSeries =>
  async ({ name, rows }) => {
    const judged = new Map<number, Judged>()
    const lines = async function* (): AsyncIterable<string> {
      for (const { at, pack } of rows)
        for (const [measurement, value] of Object.entries(pack))
          yield JSON.stringify({ time: at, device: "series", name: measurement, value })
    }
    await backtest({
      lines: lines(),
      deviceClass: "device",
      rules,
      onMessage: ({ tag, decided: { decision }, trustAfter }) => {
        judged.set(tag.at, judgedOf(decision, trustAfter))
      },
      onBad: ({ line, reason }) => {
        throw new Error(`${name}: reading ${line} is none: ${reason}`)
      },
      onProgress: () => undefined,
    })
    return rows.map(({ at }) => judged.get(at)!)
  }
