/** What the process itself uses, measured when somebody reads the metrics. */
import { monitorEventLoopDelay, performance } from "node:perf_hooks"
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8"
import type { Metrics } from "./metrics.ts"

/** A coarse timer: what matters is a loop that stands still for longer than that. */
const RESOLUTION_MS = 20
const NS = 1e9
/** Two readers must not take each other's window away. */
const WINDOW_MS = 5_000

/** @returns stops it */
export const watchProcess = (metrics: Metrics): (() => void) => {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  let since = performance.eventLoopUtilization()
  let windowFrom = performance.now()
  // The timer's own period is part of what it measures.
  const seconds = (ns: number): number => Math.max(0, ns / NS - RESOLUTION_MS / 1000)
  const stop = metrics.registry.onCollect(() => {
    const { user, system } = process.cpuUsage()
    metrics.instrument("cpu").set(user / 1e6, "user")
    metrics.instrument("cpu").set(system / 1e6, "system")
    metrics.instrument("memory").set(process.memoryUsage.rss())
    metrics.instrument("uptime").set(process.uptime())
    for (const space of getHeapSpaceStatistics())
      metrics.instrument("heap").set(space.space_used_size, space.space_name)
    metrics.instrument("heapLimit").set(getHeapStatistics().heap_size_limit)
    metrics.instrument("delayP50").set(seconds(delay.count === 0 ? 0 : delay.percentile(50)))
    metrics.instrument("delayP99").set(seconds(delay.count === 0 ? 0 : delay.percentile(99)))
    metrics.instrument("delayMax").set(seconds(delay.count === 0 ? 0 : delay.max))
    metrics.instrument("utilization").set(performance.eventLoopUtilization(since).utilization)
    if (performance.now() - windowFrom < WINDOW_MS) return
    windowFrom = performance.now()
    since = performance.eventLoopUtilization()
    delay.reset()
  })
  return () => {
    stop()
    delay.disable()
  }
}
