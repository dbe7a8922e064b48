/** A `Metrics` to which everything has happened once, and what it then shows. */
import { type Metrics, watchProcess } from "@assay/telemetry"
import type { Decision } from "@assay/trust"

const origin = { epoch: 1, partition: 0, offset: 0 }
const decision: Decision = {
  outcome: "quarantined",
  reasons: ["integrity.chain_broken"],
  trust: "trusted",
  reputation: 1,
  kind: "original",
  supersedes: null,
}
const batch = {
  partition: 0,
  group: "anomaly-quarantine",
  entries: 3,
  ms: 12,
  commitMs: 4,
  undecided: 1,
  deadLetters: 1,
  decided: [{ origin, time: Date.now() - 700, device: null, decision, message: null }],
  events: [{ kind: "transition", from: "trusted", to: "quarantined" }],
} as unknown as Parameters<Metrics["batch"]>[0]

export const exercise = async (metrics: Metrics): Promise<string> => {
  const stop = watchProcess(metrics)
  metrics.assigned("anomaly-quarantine", new Set([0]))
  metrics.batch(batch)
  metrics.restored("anomaly-quarantine", 0, Object.assign(new Error(), { name: "TakenOverError" }))
  metrics.stall("anomaly-quarantine", 0)
  metrics.halt("anomaly-quarantine", 0)
  metrics.observeLag("anomaly-quarantine", 0, 5, 1.5)
  metrics.observeHeldBack("anomaly-quarantine", 0, 3, 40)
  metrics.observeBacklog(5)
  metrics.observeSeal(0, 0.2, 17, false)
  metrics.observeReadModel({ up: 1, applied: 9, unreadable: 0, lost: 0, failures: 1, lagRecords: 2, lagMs: 100 })
  const sink = {
    up: 1,
    exported: 9,
    bytes: 900,
    deadLetters: 2,
    refused: 1,
    passedBy: 5,
    summarised: 6,
    failures: 3,
    lagRecords: 4,
    lagMs: 100,
  } as const
  metrics.observeSink("siem", sink)
  const transactions = {
    sent: 3,
    confirmed: 2,
    failed: 1,
    reorganised: { final: 1, early: 1 },
    spentCoins: 0.01,
    balanceCoins: 0.5,
    unminedMs: 12_000,
  }
  metrics.observeAnchoring({
    leaves: 9,
    intervalMs: 600_000,
    logs: { current: 1, empty: 1, unreadable: 1, forked: 1 },
    roundFailures: 1,
    cosignatures: { asked: 4, had: 3 },
    places: [
      {
        ...{ anchor: "evm-1-0xab", up: 1, refused: 0, confirmedLeaves: 8, confirmedAt: 60_000, unanchoredMs: 12_000 },
        transactions,
      },
    ],
  })
  metrics.observeReadings(3)
  const counted = {
    minute: 60_000,
    class: "pump",
    zone: null,
    outcome: "verified",
    messages: 2,
    gaps: 1,
    delayMsMax: 250,
  }
  metrics.observeQuality([counted])
  metrics.observeAdapter("mqtt", { up: 1, underWay: 2, sentAgain: 1, failures: 1, lost: { quota: 1 } })
  metrics.observeCse({
    containers: 3,
    behind: 1,
    refusing: 1,
    backfilled: 2,
    gaps: 1,
    changed: 1,
    refused: { originator: 1 },
  })
  metrics.observeReceipts({ sent: 3, leftOut: 1, refused: 1 })
  metrics.observeChallenges({ sent: 3, refused: 1, leftOut: 1, failed: 1 })
  for (const kind of ["bundle", "policy", "profile"]) metrics.observeKnowledge(kind, { seconds: 86_400, version: 3 })
  metrics.observeStatusLists(3_600)
  metrics.observeRenewals("signer-document", 86_400)
  metrics.resolverLooked("webvh", "found", 0.2)
  metrics.resolverAsked("asked")
  metrics.observeResolver({ dids: 3, signers: 1, lists: 1, registries: 1, looking: 1, behindMs: 100, hostWaits: 1 })
  metrics.resolverHandedIn("did-document")
  metrics.resolverFailed("status-list")
  metrics.observeReady(true)
  metrics.accepted(3)
  metrics.refuse()
  metrics.appended("telemetry.submitted.v1", 3, 0.002)
  metrics.malformedTraceparent()
  const text = await metrics.scrape()
  stop()
  return text
}

/** Names of metrics (a histogram's three by themselves) with the labels of their series. */
export const exportedBy = (text: string): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, ReadonlySet<string>>()
  for (const line of text.split("\n")) {
    const [, name, labels] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? /.exec(line) ?? []
    if (name === undefined) continue
    const names = [...(labels ?? "").matchAll(/(\w+)="(?:\\.|[^"\\])*"/g)].map(([, label]) => label!)
    found.set(name, new Set([...(found.get(name) ?? []), ...names]))
  }
  return found
}
