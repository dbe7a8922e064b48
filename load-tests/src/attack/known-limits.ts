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
  ...(
    [
      "anomaly.novel_range",
      "anomaly.daily_pattern",
      "anomaly.variation",
      "anomaly.counter_rate",
      "anomaly.counter_back",
      "anomaly.new_state",
      "anomaly.constant_moved",
      "anomaly.stuck",
    ] as const
  ).map(
    (code): KnownLimit => ({
      code,
      by: ["reordered", "delayed", "dropped", "carried-over"],
      why: "As anomaly.level_shift (weight at most 0.2)",
    }),
  ),
  {
    code: "anomaly.stale",
    by: ["dropped", "delayed"],
    why: "Seven days without timely arrival, or an hour and 64 messages of which none links, end trust until it is earned again",
  },
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
