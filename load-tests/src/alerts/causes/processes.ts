/** Processes of services that are killed or gone, sleep, or get no CPU. */
import { setTimeout as sleep } from "node:timers/promises"
import { SERVICE_NAMES } from "@assay/trust"
import { type Cause, grown, only, READY_MS } from "../cause.ts"
import { sumOf, valuesOf } from "../site.ts"
import type { Snapshot } from "../tape.ts"

export const killed: Cause = {
  alerts: ["AssayDown"],
  what: "the one instance of segmentation-enforcer is killed",
  during: async (site) => {
    await only(site, SERVICE_NAMES.segmentation).kill()
    return [await site.snapshot()]
  },
  mended: "it is started again",
  mend: async (site) => {
    only(site, SERVICE_NAMES.segmentation).start()
    await site.deployment.untilReady(READY_MS)
  },
}

export const gone: Cause = {
  alerts: ["AssayAbsent", "AssayUnsealedAudit"],
  what: "the one instance of integrity-hasher, which seals, is deleted: Prometheus finds it no more",
  during: async (site) => {
    const sealer = only(site, SERVICE_NAMES.integrity)
    await sealer.kill()
    site.isFound(sealer, false)
    return [await site.snapshot()]
  },
  mended: "it is there again, with its directory",
  mend: async (site) => {
    const sealer = only(site, SERVICE_NAMES.integrity)
    sealer.start()
    site.isFound(sealer, true)
    await site.deployment.untilReady(READY_MS)
    await site.untilSeen("all is sealed", (seen) => {
      const ages = valuesOf(seen, "assay_unsealed_age_seconds")
      return ages.length > 0 && ages.every((seconds) => seconds < 10)
    })
  },
}

const late = (seen: Snapshot): number =>
  sumOf(seen, "assay_decision_latency_seconds_count") - sumOf(seen, "assay_decision_latency_seconds_bucket", 'le="2"')

export const slow: Cause = {
  alerts: ["AssaySlowDecisions", "AssaySlowDecisionsBudget"],
  spans: { AssaySlowDecisionsBudget: { before: 1_440, growing: 180, after: 420 } },
  what: "the last stage sleeps for five seconds while messages come",
  during: (site) =>
    grown(site, { what: "more than twenty decisions that took longer than 2 s", count: late, by: 21 }, async () => {
      const last = only(site, SERVICE_NAMES.anomaly)
      last.pause()
      await sleep(5_000)
      last.resume()
    }),
  mended: "it goes on, and decisions are in time again",
  mend: async (site) => {
    await site.deployment.untilReady(READY_MS)
    await sleep(10_000)
  },
}

export const blocked: Cause = {
  alerts: ["AssayLoopBlocked"],
  what: "credential-checker gets the CPU for a moment in every two seconds",
  during: async (site) => {
    const one = only(site, SERVICE_NAMES.credential)
    for (let nth = 0; nth < 6; nth++) {
      one.signal("SIGSTOP")
      await sleep(1_900)
      one.signal("SIGCONT")
      await sleep(100)
    }
    return [
      await site.untilSeen("a loop that stood still", (seen) =>
        valuesOf(seen, "nodejs_eventloop_delay_p99_seconds").some((s) => s > 1),
      ),
    ]
  },
  mended: "it gets its CPU",
  mend: async (site) => {
    await site.untilSeen("no loop stands still", (seen) =>
      valuesOf(seen, "nodejs_eventloop_delay_p99_seconds").every((s) => s < 1),
    )
  },
}
