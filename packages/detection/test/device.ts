/** A device for tests: the pure parts joined the way the service joins them, without a log. */
import { TRUST_STATES } from "@assay/trust"
import * as d from "../src/index.ts"

const config = d.DETECTION_DEFAULTS

export interface Trace {
  readonly cells: d.Draft
  /** Index of the first message after which the device was watched, or -1. */
  readonly watchedAt: number
  readonly quarantinedAt: number
  readonly reasons: ReadonlySet<string>
  /** Messages that carried any signal. */
  readonly alarms: number
}

/** Plays rows of values, one message each, `gapMs` apart. */
export const play = (rows: ReadonlyArray<ReadonlyArray<number>>, gapMs = 1000, start = d.newCells(0)): Trace => {
  const cells = start
  const reasons = new Set<string>()
  const began = cells[d.HEARD]!
  let watchedAt = -1
  let quarantinedAt = -1
  let alarms = 0
  rows.forEach((row, index) => {
    const time = began + (index + 1) * gapMs
    const learn = d.mayLearnIn(d.trustOf(cells))
    let signals = d.countMessage(cells, time, learn, config)
    row.forEach((value, name) => {
      const at = d.findSlot(cells, name + 1)
      signals |= d.observe(cells, at < 0 ? d.addSlot(cells, name + 1) : at, value, learn, config)
    })
    for (const reason of d.reasonsOf(signals)) reasons.add(reason)
    if (signals !== 0) alarms++
    const wish = d.consider(cells, { signals, evidence: d.NO_EVIDENCE, clean: signals === 0 }, time, config)
    if (wish === "trust") d.enter(cells, "trusted", time)
    else if (wish === "watch") d.enter(cells, "watched", time)
    else if (wish === "statistical") d.quarantine(cells, d.CAUSE_STATISTICAL, time, config)
    const state = TRUST_STATES[cells[d.TRUST]!]
    if (state === "watched" && watchedAt < 0) watchedAt = index
    if (state === "quarantined" && quarantinedAt < 0) quarantinedAt = index
  })
  return { cells, watchedAt, quarantinedAt, reasons, alarms }
}
