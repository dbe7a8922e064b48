/** The demo's own book: what was submitted, what became of it, and whether that is what should have. */

import type { BatchDone } from "@assay/engine"
import { type Attack, type Label, meets } from "@assay/fleet"
import { type AuditEvent, type Origin, type Outcome, type ReasonCode, STAGES, type StageName } from "@assay/trust"

interface Pending {
  readonly label: Label
  readonly at: number
  /** `partition/nth submission of it`: the same in every run of a plan, whatever the offsets are. */
  readonly place: string
}

/** What became of a submission. */
export interface Settled {
  readonly label: Label
  readonly outcome: Attempt["outcome"]
  readonly reasons: ReadonlyArray<ReasonCode>
}

export interface AttackRow {
  readonly attack: string
  readonly title: string
  readonly injected: number
  readonly caught: number
  /** Every injection ended as its attack's expectation says. */
  readonly asExpected: boolean
  /** Where it was caught, or "-" where nothing should be. */
  readonly stage: string
  readonly reason: string
  /** Median milliseconds from submission to decision. */
  readonly medianMs: number | null
  /** How the first attempt that did not end as expected was decided, or null. */
  readonly firstMiss: { readonly outcome: string; readonly reasons: ReadonlyArray<ReasonCode> } | null
}

interface Attempt {
  readonly label: Label
  readonly outcome: Outcome | "accepted" | "refused"
  readonly reasons: ReadonlyArray<ReasonCode>
  readonly ms: number
}

const keyOf = (origin: Origin): string => `${origin.partition}/${origin.offset}`

const median = (values: ReadonlyArray<number>): number | null => {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

export class Ledger {
  readonly totals: Record<Outcome, number> = { verified: 0, annotated: 0, quarantined: 0, rejected: 0, undecided: 0 }
  submitted = 0
  decided = 0
  duplicated = 0
  /** Honest messages quarantined or rejected, with why. */
  readonly wronged: Array<{
    device: string
    attack: string | null
    outcome: Outcome
    reasons: ReadonlyArray<ReasonCode>
  }> = []
  /** Follow-ups of victims that were not verified. */
  readonly victims: Array<{
    device: string
    attack: string | null
    outcome: Outcome
    reasons: ReadonlyArray<ReasonCode>
  }> = []
  private readonly pending = new Map<string, Pending>()
  private readonly early = new Map<string, { outcome: Attempt["outcome"]; reasons: ReadonlyArray<ReasonCode> }>()
  private readonly done = new Set<string>()
  private readonly attempts = new Map<string, Array<Attempt>>()
  private readonly places = new Map<number, number>()
  /** By place (`partition/nth submission of it`); only where asked for. */
  readonly settled: Map<string, Settled> | null

  constructor({ keep = false }: { readonly keep?: boolean } = {}) {
    this.settled = keep ? new Map() : null
  }

  get open(): number {
    return this.pending.size
  }

  /** Books a submission once its origin is known; its decision may have come before. */
  submit(origin: Origin, label: Label, at: number, counts = true): void {
    if (counts) this.submitted++
    const key = keyOf(origin)
    const nth = this.places.get(origin.partition) ?? 0
    this.places.set(origin.partition, nth + 1)
    const pending: Pending = { label, at, place: `${origin.partition}/${nth}` }
    const early = this.early.get(key)
    if (early === undefined) {
      this.pending.set(key, pending)
      return
    }
    this.early.delete(key)
    this.settle(pending, early.outcome, early.reasons)
  }

  /** Books what a committed batch decided. */
  readonly batch = (done: Pick<BatchDone, "decided" | "events">): void => {
    for (const { origin, decision } of done.decided) {
      this.decided++
      this.totals[decision.outcome]++
      const key = keyOf(origin)
      if (this.done.has(key)) this.duplicated++
      this.done.add(key)
      this.close(key, decision.outcome, decision.reasons)
    }
    for (const event of done.events) if (event.kind === "control") this.control(event)
  }

  private control(event: AuditEvent): void {
    this.close(keyOf(event.origin), event.count === 1 ? "accepted" : "refused", event.reasons)
  }

  private close(key: string, outcome: Attempt["outcome"], reasons: ReadonlyArray<ReasonCode>): void {
    const pending = this.pending.get(key)
    if (pending === undefined) {
      this.early.set(key, { outcome, reasons })
      return
    }
    this.pending.delete(key)
    this.settle(pending, outcome, reasons)
  }

  private settle({ label, at, place }: Pending, outcome: Attempt["outcome"], reasons: ReadonlyArray<ReasonCode>): void {
    const ms = performance.now() - at
    this.settled?.set(place, { label, outcome, reasons })
    const bad = outcome === "quarantined" || outcome === "rejected"
    if (label.honest && bad) this.wronged.push({ device: label.device, attack: label.attack, outcome, reasons })
    if (label.role === "follow-up" && outcome !== "verified" && label.expect !== null) {
      this.victims.push({ device: label.device, attack: label.attack, outcome: outcome as Outcome, reasons })
    }
    if (label.role !== "attempt" || label.attack === null) return
    const list = this.attempts.get(label.attack) ?? []
    list.push({ label, outcome, reasons, ms })
    this.attempts.set(label.attack, list)
  }

  /** One row for each attack of the catalogue, also where nothing was injected. */
  rows(catalogue: ReadonlyArray<Attack>): ReadonlyArray<AttackRow> {
    return catalogue.map((attack) => this.row(attack))
  }

  private row(attack: Attack): AttackRow {
    const attempts = this.attempts.get(attack.name) ?? []
    const hits = attempts.filter((attempt) => isHit(attempt))
    const byInstance = new Map<number, boolean>()
    for (const attempt of attempts) {
      const each = attempt.label.expect?.require !== "some"
      const before = byInstance.get(attempt.label.instance)
      const hit = hits.includes(attempt)
      byInstance.set(attempt.label.instance, before === undefined ? hit : each ? before && hit : before || hit)
    }
    const caughtBy = hits[0]
    const miss = attempts.find((attempt) => !isHit(attempt))
    const reason = caughtBy === undefined ? undefined : expectedReason(caughtBy)
    return {
      attack: attack.name,
      title: attack.title,
      injected: attempts.length,
      caught: hits.length,
      asExpected: attempts.length > 0 && [...byInstance.values()].every(Boolean),
      stage: reason === undefined ? (attack.expect.stage ?? "-") : stageOf(reason),
      reason: reason ?? (attack.mustNotPunish === true ? "not punished" : "-"),
      medianMs: median(hits.map((hit) => hit.ms)),
      firstMiss: miss === undefined ? null : { outcome: miss.outcome, reasons: miss.reasons },
    }
  }
}

const isHit = ({ label, outcome, reasons }: Attempt): boolean => {
  const { expect } = label
  if (expect === null) return false
  if (outcome === "accepted") return false
  if (outcome === "refused") return expect.reasons.length === 0 || expect.reasons.some((code) => reasons.includes(code))
  return meets(expect, outcome, reasons)
}

const expectedReason = (attempt: Attempt): ReasonCode | undefined =>
  attempt.label.expect?.reasons.find((code) => attempt.reasons.includes(code)) ?? attempt.label.expect?.reasons[0]

const stageOf = (code: ReasonCode): string => {
  const first = code.split(".")[0] as StageName
  return STAGES.includes(first) ? first : "control"
}
