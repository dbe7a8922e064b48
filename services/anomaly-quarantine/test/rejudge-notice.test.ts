import type { StateView } from "@assay/trust"
import { expect, it } from "vitest"
import { ANNOUNCED_MS, noticeOf } from "../src/rejudge/notice.ts"
import { ANOMALY_DEFAULTS, type AnomalyState } from "../src/stage.ts"

const HOUR = 3_600_000
const NOTICE = ANOMALY_DEFAULTS.detection.rejudgeNoticeMs
const LIMIT = ANOMALY_DEFAULTS.detection.rejudgePerHour
const T0 = 1_760_000_000_000

/** Asks as the commands of one partition do, and keeps what each leaves behind. */
const partition = () => {
  const rows = new Map<string, AnomalyState>()
  const states = { get: (key: string) => rows.get(key), shared: undefined } as unknown as StateView<AnomalyState>
  return (time: number, reason: "segmentation.no_conduit" | "engine.fault" = "segmentation.no_conduit") => {
    const { why, row, events } = noticeOf(states as never, reason, time, ANOMALY_DEFAULTS)
    rows.set(...row)
    return { why, incidents: events.length }
  }
}

it("announces each reason once, and lets it take effect after the notice, for a day", () => {
  const ask = partition()
  expect(ask(T0)).toEqual({ why: "anomaly.rejudge_announced", incidents: 1 })
  expect(ask(T0 + NOTICE - 1)).toEqual({ why: "anomaly.rejudge_announced", incidents: 0 })
  expect(ask(T0 + NOTICE)).toEqual({ why: null, incidents: 0 })
  // Another reason is another matter.
  expect(ask(T0 + NOTICE, "engine.fault")).toEqual({ why: "anomaly.rejudge_announced", incidents: 1 })
  expect(ask(T0 + ANNOUNCED_MS - 1).why).toBeNull()
  expect(ask(T0 + ANNOUNCED_MS)).toEqual({ why: "anomaly.rejudge_announced", incidents: 1 })
})

it("takes effect so often within an hour, whatever the reasons", () => {
  const ask = partition()
  ask(T0)
  ask(T0, "engine.fault")
  const at = T0 + NOTICE
  for (let n = 0; n < LIMIT; n++)
    expect(ask(at + n, n % 2 === 0 ? "engine.fault" : "segmentation.no_conduit").why).toBeNull()
  expect(ask(at + HOUR - 1).why).toBe("anomaly.rejudge_limit")
  expect(ask(at + HOUR).why).toBeNull()
})
