/** The names of the streams. An engine may put a prefix before them ("" or for example `plant1.`). */
import type { StageName } from "@assay/trust"

export const STREAMS = {
  submitted: "telemetry.submitted.v1",
  identified: "telemetry.identified.v1",
  checked: "telemetry.checked.v1",
  hashed: "telemetry.hashed.v1",
  segmented: "telemetry.segmented.v1",
  verified: "telemetry.verified.v1",
  annotated: "telemetry.annotated.v1",
  quarantined: "telemetry.quarantined.v1",
  /** Messages that were issued, as they were decided anew when what they were believed by was revoked. */
  revoked: "telemetry.revoked.v1",
  rejected: "telemetry.rejected.v1",
  /** Entries that a stage of Assay failed at, as they came. */
  undecided: "telemetry.undecided.v1",
  /** Records that are none of ours, as they came, with `trust.error.*` headers; only where the engine has headers. */
  deadletter: "telemetry.deadletter.v1",
  /** Decisions in the forms of SIEMs, as JSON that any consumer reads; by the sink `topic`. */
  siemOcsf: "siem.ocsf.v1",
  siemEcs: "siem.ecs.v1",
  siemJson: "siem.json.v1",
  siemCloudevents: "siem.cloudevents.v1",
  audit: "audit.events.v1",
  checkpoints: "audit.checkpoints.v1",
  knowledge: "knowledge.items.v1",
  /** Made of the decided streams for data platforms: a row for each reading. */
  readingsVerified: "readings.verified.v1",
  readingsAnnotated: "readings.annotated.v1",
  /** Counts by minute, class, zone and outcome: how complete, how fresh, how much of it verified. */
  readingsQuality: "readings.quality.v1",
  /** Passports as they were issued, for devices that decide by themselves. */
  passports: "trust.passports.v1",
} as const

export type StreamName = keyof typeof STREAMS

/** What a sink may write to. */
export const SIEM_STREAMS: ReadonlyArray<string> = [
  STREAMS.siemOcsf,
  STREAMS.siemEcs,
  STREAMS.siemJson,
  STREAMS.siemCloudevents,
]

/** The changelog of a service's state (or `chained` for all five in one). */
export const changelogOf = (service: string): string => `${service}.state.v1`

/** What each stage reads and passes on to; the last one decides instead. */
export const STAGE_STREAMS: Record<StageName, { readonly input: string; readonly output: string | null }> = {
  identity: { input: STREAMS.submitted, output: STREAMS.identified },
  credential: { input: STREAMS.identified, output: STREAMS.checked },
  integrity: { input: STREAMS.checked, output: STREAMS.hashed },
  segmentation: { input: STREAMS.hashed, output: STREAMS.segmented },
  anomaly: { input: STREAMS.segmented, output: null },
}
