/** Counts what the runners did. Reads like Prometheus; the OpenTelemetry exporter takes the same numbers. */
import type { Decision, Outcome, ReasonCode } from "@assay/trust"
import type { BatchDone } from "../runner/runner.ts"

export class Metrics {
  readonly decisions: Record<Outcome, number> = { verified: 0, annotated: 0, quarantined: 0, rejected: 0 }
  readonly reasons = new Map<ReasonCode, number>()
  readonly batches = new Map<string, { count: number; entries: number; ms: number; commitMs: number }>()
  restores = 0
  submitted = 0
  refused = 0
  lastBatchAt = 0

  readonly batch = (done: BatchDone): void => {
    const present = this.batches.get(done.group) ?? { count: 0, entries: 0, ms: 0, commitMs: 0 }
    present.count++
    present.entries += done.entries
    present.ms += done.ms
    present.commitMs += done.commitMs
    this.batches.set(done.group, present)
    this.lastBatchAt = Date.now()
    for (const item of done.decided) this.decided(item.decision)
  }

  private decided(decision: Decision): void {
    this.decisions[decision.outcome]++
    for (const reason of decision.reasons) this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1)
  }

  /** The text exposition format of Prometheus, version 0.0.4. */
  expose(extra: ReadonlyArray<readonly [name: string, help: string, value: number]>): string {
    const lines: Array<string> = []
    const head = (name: string, type: string, help: string): void => {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    }
    head("assay_decisions_total", "counter", "Original decisions by outcome")
    for (const [outcome, count] of Object.entries(this.decisions))
      lines.push(`assay_decisions_total{outcome="${outcome}"} ${count}`)
    head("assay_reasons_total", "counter", "Decisions that carried this reason code")
    for (const [reason, count] of this.reasons) lines.push(`assay_reasons_total{reason="${reason}"} ${count}`)
    head("assay_batches_total", "counter", "Committed batches by consumer group")
    for (const [group, batch] of this.batches) lines.push(`assay_batches_total{group="${group}"} ${batch.count}`)
    head("assay_entries_total", "counter", "Entries in committed batches by consumer group")
    for (const [group, batch] of this.batches) lines.push(`assay_entries_total{group="${group}"} ${batch.entries}`)
    head("assay_batch_seconds_total", "counter", "Time from reading a batch to its durable commit")
    for (const [group, batch] of this.batches)
      lines.push(`assay_batch_seconds_total{group="${group}"} ${batch.ms / 1000}`)
    head("assay_commit_seconds_total", "counter", "Time inside commits")
    for (const [group, batch] of this.batches)
      lines.push(`assay_commit_seconds_total{group="${group}"} ${batch.commitMs / 1000}`)
    const plain: ReadonlyArray<readonly [string, string, number]> = [
      ["assay_submitted_total", "Messages accepted by ingress", this.submitted],
      ["assay_refused_total", "Requests refused by ingress (quota, size, rights)", this.refused],
      ["assay_restores_total", "Runners restored from the log after a failure", this.restores],
    ]
    for (const [name, help, value] of plain) {
      head(name, "counter", help)
      lines.push(`${name} ${value}`)
    }
    for (const [name, help, value] of extra) {
      head(name, "gauge", help)
      lines.push(`${name} ${value}`)
    }
    return `${lines.join("\n")}\n`
  }
}
