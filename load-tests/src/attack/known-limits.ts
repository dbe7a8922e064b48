/**
 * Where a carrier without a key can still move trust: each is named, counted in every run, and no more than this. What is
 * missing here is held. Issue: honest machines.
 */
import type { ReasonCode } from "@assay/trust"
import type { Doing } from "./carrier.ts"

export interface KnownLimit {
  readonly code: ReasonCode
  /** One of these was done to the device. Repetition by itself is never among them. */
  readonly by: ReadonlyArray<Exclude<Doing, "repeated">>
  /** Only these kinds of devices; all where not said. */
  readonly kinds?: ReadonlyArray<string>
  readonly why: string
}

export const ISSUE = "issue: honest machines"

export const KNOWN_LIMITS: ReadonlyArray<KnownLimit> = [
  {
    code: "integrity.firmware_rolled_back",
    by: ["delayed", "reordered"],
    kinds: ["updated"],
    why: "The last message before an update, after the first one behind it, looks like a rollback (weight 0.8, and three within an hour quarantine)",
  },
  {
    code: "anomaly.level_shift",
    by: ["reordered", "delayed", "dropped", "carried-over"],
    why: "Values are judged in the order of arrival: what comes out of order, or behind a loss, looks like a jump (weight 0.2)",
  },
  {
    code: "anomaly.drift",
    by: ["reordered", "delayed", "dropped", "carried-over"],
    why: "As anomaly.level_shift (weight 0.2)",
  },
  {
    code: "anomaly.novel_range",
    by: ["reordered", "delayed", "dropped", "carried-over"],
    why: "As anomaly.level_shift (weight 0.15)",
  },
  { code: "anomaly.silence", by: ["dropped", "delayed"], why: "Silence is measured by arrival" },
  {
    code: "anomaly.stale",
    by: ["dropped", "delayed"],
    why: "Seven days without arrival end trust until it is earned again",
  },
  { code: "anomaly.rate", by: ["delayed"], why: "Rates are measured by arrival: what was held back comes at once" },
  { code: "anomaly.flood", by: ["delayed"], why: "As anomaly.rate" },
]

/** The limit that explains why a device is charged with this, or null. */
export const limitFor = (
  limits: ReadonlyArray<KnownLimit>,
  code: ReasonCode,
  did: ReadonlySet<Doing>,
  kind: string,
): KnownLimit | null =>
  limits.find(
    (limit) => limit.code === code && (limit.kinds?.includes(kind) ?? true) && limit.by.some((doing) => did.has(doing)),
  ) ?? null
