/** What a check of an export found. */

/** Stable; docs/guides/data-platforms.md explains each. */
export const EXPORT_FINDINGS = [
  "manifest-unreadable",
  "manifest-differs",
  "range-missing",
  "evidence-missing",
  "evidence-altered",
  "decision-unopened",
  "erasure-unproven",
  "record-missing",
  "record-altered",
  "checkpoint-unsigned",
  "checkpoint-differs",
  "checkpoint-not-reached",
  "file-missing",
  "file-altered",
  "file-added",
  "row-missing",
  "row-added",
  "row-altered",
  "table-differs",
] as const

export type ExportFindingKind = (typeof EXPORT_FINDINGS)[number]

export interface ExportFinding {
  readonly kind: ExportFindingKind
  readonly partition: number | null
  /** The file it is about, from the export's directory; null where it is about none. */
  readonly path: string | null
  readonly message: string
}

export interface ExportReport {
  readonly findings: ReadonlyArray<ExportFinding>
  /** All of them; the list ends at `MAX_FINDINGS`. */
  readonly found: number
  readonly rows: number
  readonly messages: number
  readonly files: number
  /** Messages that are left out, of devices whose erasure the export's own leaves hold: what they said is not checked. */
  readonly erased: number
  /** Messages that are left out, and nothing in the export says why. */
  readonly withheld: number
  /** Messages of devices whose erasure the leaves hold, and which are still here. */
  readonly kept: number
  /** By partition and log: which leaves of the log the export covers, and at which size a checkpoint was signed last. */
  readonly covered: ReadonlyArray<{
    readonly partition: number
    readonly origin: string
    /** Leaves of the logs that it goes on after, as the export counts them; `from`, `to` and `signedTo` count in the log itself. */
    readonly base: number
    readonly from: number
    readonly to: number
    readonly signedTo: number
  }>
}

const MAX_FINDINGS = 100

export class ExportFindings {
  readonly list: Array<ExportFinding> = []
  found = 0

  add(kind: ExportFindingKind, partition: number | null, path: string | null, message: string): void {
    this.found += 1
    if (this.list.length < MAX_FINDINGS) this.list.push({ kind, partition, path, message })
  }
}
