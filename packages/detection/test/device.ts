/** A device for tests: the pure parts joined the way the service joins them, without a log. */
import { recordLayout } from "@assay/layout"
import * as d from "../src/index.ts"

const config = d.DETECTION_DEFAULTS

export const LAYOUT = recordLayout({ name: "device", version: 1, fields: d.DEVICE })

/** A device never seen. */
export const newDevice = (time: number): d.DeviceDraft => {
  const device = LAYOUT.draft()
  d.begin(device, time)
  return device
}

export interface Trace {
  readonly device: d.DeviceDraft
  /** Index of the first message after which the device was watched, or -1. */
  readonly watchedAt: number
  readonly quarantinedAt: number
  readonly reasons: ReadonlySet<string>
  /** Messages that carried any signal. */
  readonly alarms: number
}

/** Plays rows of values, one message each, `gapMs` apart. */
export const play = (rows: ReadonlyArray<ReadonlyArray<number>>, gapMs = 1000, start = newDevice(0)): Trace => {
  const device = start
  const reasons = new Set<string>()
  const began = device.heard
  let watchedAt = -1
  let quarantinedAt = -1
  let alarms = 0
  rows.forEach((row, index) => {
    const time = began + (index + 1) * gapMs
    const learn = d.mayLearnIn(d.trustOf(device))
    const iat = Math.floor(time / 1000)
    let signals = d.countMessage(device, { time, iat, epo: 0, seq: index }, learn, config)
    row.forEach((value, name) => {
      const measurement = d.findMeasurement(device, name + 1) ?? d.addMeasurement(device, name + 1)
      signals |= d.observe(measurement, value, { time: iat, learn, free: false }, config)
    })
    for (const reason of d.reasonsOf(signals)) reasons.add(reason)
    if (signals !== 0) alarms++
    const trigger = d.consider(device, { signals, evidence: d.NO_EVIDENCE, clean: signals === 0 }, time, config)
    if (trigger === "calm") d.enter(device, "trusted", time)
    else if (trigger === "alarm") d.enter(device, "watched", time)
    else if (trigger === "persistence") d.quarantine(device, "statistical", time, config)
    const state = d.trustOf(device)
    if (state === "watched" && watchedAt < 0) watchedAt = index
    if (state === "quarantined" && quarantinedAt < 0) quarantinedAt = index
  })
  return { device, watchedAt, quarantinedAt, reasons, alarms }
}
