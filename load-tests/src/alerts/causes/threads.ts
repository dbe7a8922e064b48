/** A thread stands still, that which judges or that which speaks with the group, or a process comes to the end of its heap. */
import { setTimeout as sleep } from "node:timers/promises"
import { NODE } from "@assay/settings"
import { SERVICE_NAMES } from "@assay/trust"
import { type Cause, grown, only, READY_MS } from "../cause.ts"
import { holdThread, threadsOf } from "../hold-thread.ts"
import { type AlertSite, SESSION_MS, sumOf, valuesOf } from "../site.ts"
import type { Snapshot } from "../tape.ts"

const SERVICE = SERVICE_NAMES.credential

/** Ends the service's process and starts it with other environment. */
const startedWith = async (site: AlertSite, more: Readonly<Record<string, string>>): Promise<void> => {
  const one = only(site, SERVICE)
  await one.stop()
  one.start(more)
  await site.deployment.untilReady(READY_MS)
}

/** As a node names the threads that judge (packages/node/src/threads). */
const WORKER = "judge"
const stalls = (seen: Snapshot): number => sumOf(seen, "assay_stalls_total")

let release: (() => Promise<void>) | null = null

export const standsStill: Cause = {
  alerts: ["AssayStalled"],
  what: "the thread that judges in credential-checker stands still (a debugger holds it)",
  prepare: (site) => startedWith(site, { [NODE.workers.key]: "1" }),
  during: (site) =>
    grown(site, { what: "a stall", count: stalls }, async () => {
      const [thread, ...more] = threadsOf(only(site, SERVICE).pid!, WORKER)
      if (thread === undefined || more.length > 0) throw new Error("not one thread that judges")
      release = await holdThread(thread)
    }),
  mended: "it is let go: the node has ended it, and another judges",
  mend: async (site) => {
    await release?.()
    release = null
    await site.deployment.untilReady(READY_MS)
    await startedWith(site, {})
  },
}

const takenOver = (seen: Snapshot): number => sumOf(seen, "assay_takeovers_total")
const TURNS = 10

/**
 * A process whose heartbeats come too late while it judges: its partitions move, and what it commits then is refused. A process that
 * sleeps as a whole finds out first that it is no member any more.
 */
export const takeovers: Cause = {
  alerts: ["AssayTakeovers", "AssayRestores"],
  what: "the main threads of two instances of credential-checker stand still in turns for longer than their session, and those that judge go on",
  goesOn: true,
  prepare: async (site) => {
    await startedWith(site, { [NODE.workers.key]: "1" })
    const second = site.deployment.add(SERVICE)
    await second.stop()
    second.start({ [NODE.workers.key]: "1" })
    await site.deployment.untilReady(READY_MS)
  },
  during: async (site) => {
    const before = takenOver(await site.snapshot())
    for (let turn = 0; turn < TURNS; turn++) {
      // The thread with the number of the process is its main one.
      const letGo = await holdThread(site.deployment.of(SERVICE)[turn % 2]!.pid!)
      await sleep(2 * SESSION_MS)
      await letGo()
      await sleep(SESSION_MS)
      if (takenOver(await site.snapshot()) > before + 4) break
    }
    return [await site.untilSeen("some takeovers", (seen) => takenOver(seen) > before + 3)]
  },
  mended: "they stand still no more; one of them ends",
  mend: async (site) => {
    await site.deployment.untilReady(READY_MS)
    const [, second] = site.deployment.of(SERVICE)
    if (second !== undefined) await site.deployment.remove(second, "stop")
    await startedWith(site, {})
  },
}

const MIB = 1 << 20
const LOOKS = 10
const LOOK_MS = 2_000
const heapOf = (seen: Snapshot): { readonly used: number; readonly limit: number } => {
  const of = `service="${SERVICE}"`
  return {
    used: sumOf(seen, "v8js_memory_heap_used_bytes", of),
    limit: Math.max(...valuesOf(seen, "assay_heap_limit_bytes", of)),
  }
}

/** Young objects have three such spaces beside the old ones. */
const SEMI_SPACE_MIB = 1
const withHeapOf = (site: AlertSite, oldMiB: number): Promise<void> =>
  startedWith(site, {
    NODE_OPTIONS: `--max-old-space-size=${oldMiB} --max-semi-space-size=${SEMI_SPACE_MIB}`,
  })

/** What it needs: the least that it was seen to use, since the rest is garbage that waits for the collector. */
const needOf = async (site: AlertSite): Promise<number> => {
  let least = Number.POSITIVE_INFINITY
  for (let look = 0; look < LOOKS; look++) {
    await sleep(LOOK_MS)
    least = Math.min(least, heapOf(await site.snapshot()).used)
  }
  return least
}

export const heapFull: Cause = {
  alerts: ["AssayHeapFull"],
  what: "credential-checker is given a heap that is hardly larger than what it needs",
  during: async (site) => {
    await withHeapOf(site, Math.ceil(heapOf(await site.snapshot()).used / MIB))
    const need = await needOf(site)
    await withHeapOf(site, Math.ceil(need / 0.9 / MIB) - 3 * SEMI_SPACE_MIB)
    return [
      await site.untilSeen("more than 85 % of the heap is used", (seen) => {
        const now = heapOf(seen)
        return now.used > 0.85 * now.limit
      }),
    ]
  },
  mended: "it is given the heap that Node chooses",
  mend: (site) => startedWith(site, {}),
}
