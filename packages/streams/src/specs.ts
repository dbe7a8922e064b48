/**
 * Each stream with its kind, how long it is kept (`retention.ts`) and how large a batch may be. An engine that has such
 * settings (Kafka) makes its own out of this; one without (the embedded engine) keeps everything.
 */

import { SERVICE_NAMES, STAGES } from "@assay/trust"
import { changelogOf, SIEM_STREAMS, STREAMS } from "./names.ts"
import { RETENTION, type Retention, retentionOf } from "./retention.ts"

const MEBIBYTE = 1 << 20

export type StreamKind = "evidence" | "submitted" | "stage" | "output" | "rejected" | "table"

export interface StreamSpec {
  readonly stream: string
  readonly kind: StreamKind
  /** Milliseconds; -1 for ever; null for a table, of which the last value of each key is kept. */
  readonly retentionMs: number | null
  /** Decisions, checkpoints, and the knowledge that they cite: kept for ever whatever is asked for, and nobody may shorten it. */
  readonly evidence: boolean
  /** Not only Assay writes here, so records may come in any compression. */
  readonly foreign: boolean
  /** What one append or commit may write to a partition, with everything that the engine adds. */
  readonly maxBatchBytes: number
}

/** Whose changelogs there are: each service's, and that of all five in one. */
const CHANGELOG_OWNERS: ReadonlyArray<string> = [...STAGES.map((stage) => SERVICE_NAMES[stage]), "chained"]

const KINDS: ReadonlyArray<readonly [stream: string, kind: StreamKind]> = [
  [STREAMS.submitted, "submitted"],
  [STREAMS.identified, "stage"],
  [STREAMS.checked, "stage"],
  [STREAMS.hashed, "stage"],
  [STREAMS.segmented, "stage"],
  [STREAMS.verified, "output"],
  [STREAMS.annotated, "output"],
  [STREAMS.quarantined, "output"],
  [STREAMS.revoked, "output"],
  [STREAMS.rejected, "rejected"],
  [STREAMS.undecided, "output"],
  [STREAMS.deadletter, "rejected"],
  ...SIEM_STREAMS.map((stream) => [stream, "output"] as const),
  [STREAMS.audit, "evidence"],
  [STREAMS.checkpoints, "evidence"],
  [STREAMS.knowledge, "evidence"],
  // As long as what they are made of, so that a platform which begins late finds both.
  [STREAMS.readingsVerified, "output"],
  [STREAMS.readingsAnnotated, "output"],
  [STREAMS.readingsQuality, "output"],
  [STREAMS.passports, "output"],
  ...CHANGELOG_OWNERS.map((owner) => [changelogOf(owner), "table"] as const),
]

/**
 * - Ingress appends up to 5 MiB of messages at once, with their envelopes: 8 MiB on submitted. Not more, since whatever
 *   anybody writes there must also fit, with the batch around it, wherever it is kept as malformed.
 * - A runner's batch of 4 MiB grows by claims, readings and verdicts; a body of knowledge has up to 16 MiB: 17 MiB for the rest.
 */
const maxBatchBytes = (stream: string): number => (stream === STREAMS.submitted ? 8 : 17) * MEBIBYTE

/** @param given what differs from `RETENTION` */
export const streamSpecs = (given: Partial<Retention> = {}): ReadonlyArray<StreamSpec> => {
  const retention: Retention = { ...RETENTION, ...given }
  return KINDS.map(([stream, kind]) => ({
    stream,
    kind,
    retentionMs: retentionOf(kind, retention),
    evidence: kind === "evidence",
    foreign: kind === "submitted",
    maxBatchBytes: maxBatchBytes(stream),
  }))
}

/** Every stream of the log. What an engine keeps for itself is not among them. */
export const ALL_STREAMS: ReadonlyArray<string> = KINDS.map(([stream]) => stream)
