/**
 * How long a restore of many devices takes, what each of them takes of memory, and what a tick costs to which all of them are
 * due at once. One device is judged for real; its row then stands in a changelog under as many names as asked for.
 *
 *   node --expose-gc --max-old-space-size=8192 packages/cli/bench/restore.ts [--devices 100000]
 */
import { parseArgs } from "node:util"
import { StageRunner } from "@assay/engine"
import type { Log } from "@assay/log"
import { judgedDevice } from "./judged-device.ts"

const { values: given } = parseArgs({ options: { devices: { type: "string", default: "100000" } } })
const devices = Number(given.devices)
const DAY = 86_400_000

const { log, options, changelog, row, others, keyOf, close } = await judgedDevice("restore")

/** The same log, whose changelog has as many rows. */
const large: Log = {
  ...log,
  bounds: async (at) => (at.stream === changelog.stream ? { start: 0, end: devices + others.length } : log.bounds(at)),
  position: (group, at) => log.position(group, at),
  take: (group, at) => log.take(group, at),
  read: async (at, from, maxRecords, maxBytes) => {
    if (at.stream !== changelog.stream) return log.read(at, from, maxRecords, maxBytes)
    const count = Math.max(0, Math.min(maxRecords, devices + others.length - from))
    return Array.from({ length: count }, (_, nth) => {
      const offset = from + nth
      return offset < devices ? { ...row, offset, key: keyOf(offset) } : { ...others[offset - devices]!, offset }
    })
  },
}

const memory = (): number => {
  const collect = (globalThis as { gc?: () => void }).gc
  if (collect === undefined) throw new Error("run it with --expose-gc")
  collect()
  collect()
  return process.memoryUsage().rss
}
const before = memory()
const started = performance.now()
const cpu = process.threadCpuUsage()
const restored = await StageRunner.open({ ...options, log: large })
const seconds = (performance.now() - started) / 1000
const { user, system } = process.threadCpuUsage(cpu)
const bytes = (memory() - before) / devices
const { table } = restored.pipeline

/** Ticks to which everybody is due, one after another: each moves its limit. */
const anomaly = options.stages.length - 1
const view = table.view(anomaly)
const later = Date.now() + 400 * DAY
const ticks: Array<number> = []
for (let tick = 0; tick < 20; tick++) {
  const from = process.threadCpuUsage()
  const due = view.due(later, 1_000)
  const spent = process.threadCpuUsage(from)
  ticks.push((spent.user + spent.system) / 1000)
  // As if each had lapsed: it is due no more.
  for (const device of due) table.set(anomaly, device, null)
}
ticks.sort((a, b) => a - b)
console.log(
  JSON.stringify({
    devices,
    rowBytes: row.value.length,
    restoreSeconds: Number(seconds.toFixed(1)),
    restoreCpuSeconds: Number(((user + system) / 1e6).toFixed(1)),
    bytesPerDevice: Math.round(bytes),
    dueTickMs: { median: ticks[10]!, most: ticks.at(-1)! },
  }),
)
await close()
