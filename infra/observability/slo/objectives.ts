/** The service level objectives. Recording rules, alerts and their tests are made from this (`rules.ts`). */

interface Common {
  /** Of its recording rules: `assay:NAME:...`. */
  readonly name: string
  /** What holds, for people. */
  readonly promise: string
}

/** An objective with an error budget: a share of bad events or of bad time that is allowed. */
export interface BudgetObjective extends Common {
  /** The share that is good, below 1. */
  readonly target: number
  /** The share that is bad over a window, an expression of PromQL. It is absent or NaN where there was nothing to count. */
  readonly badShare: (window: string) => string
  /** What is recorded first, where the share of a window is a mean over it. */
  readonly base?: { readonly record: string; readonly expr: string }
  /** Of the alert for a fast burn. Null: another alert says it sooner, and this one waits for the morning too. */
  readonly page: { readonly alert: string; readonly summary: string } | null
  readonly ticket: { readonly alert: string; readonly summary: string }
}

/** An objective that allows none: one event is an alert. */
export interface ZeroObjective extends Common {
  readonly alert: string
  readonly summary: string
  readonly description: string
  /** Counters, each with what it counts by: the sum of their increases is what must be 0. */
  readonly counters: ReadonlyArray<string>
}

/** Prometheus 3 writes the bound as 2.0, version 2 as 2. */
const WITHIN = 'le=~"2|2\\\\.0"'

export const DECISIONS: BudgetObjective = {
  name: "slow_decisions",
  promise: "99.9 % of the decisions are durable within 2 s of the append of their message",
  target: 0.999,
  badShare: (window) =>
    `1 - sum(rate(assay_decision_latency_seconds_bucket{${WITHIN}}[${window}])) / sum(rate(assay_decision_latency_seconds_count[${window}]))`,
  page: {
    alert: "AssaySlowDecisions",
    summary: "{{ $value | humanizePercentage }} of the decisions take longer than 2 s",
  },
  ticket: {
    alert: "AssaySlowDecisionsBudget",
    summary: "{{ $value | humanizePercentage }} of the decisions took longer than 2 s for hours",
  },
}

const LATE = "assay:late:share"
const LAG_TIME = "assay_consumer_lag_time_seconds"
const each = (metric: string): string => `max by (group, partition) (${metric})`
/** 1 for each group and partition above 30 s, 0 for the others. */
const over = (metric: string): string => `(${each(metric)} > bool 30)`

/** 1 for each group and partition whose lag was known within a day and is known no more: nobody judges it, so it is late. */
const lagUnknown = `group by (group, partition) (max_over_time(${LAG_TIME}[1d:5m])) unless group by (group, partition) (last_over_time(${LAG_TIME}[2m]))`

export const LAG: BudgetObjective = {
  name: "late",
  promise: "No group is more than 30 s behind on a partition, for 99.9 % of the time of all groups and partitions",
  target: 0.999,
  base: {
    record: LATE,
    // What an open transaction holds back is late too, though nobody may read it yet. Not every log tells of it.
    expr: `avg((${over(LAG_TIME)} + (${over("assay_held_back_time_seconds")} or ${each(LAG_TIME)} * 0)) > bool 0 or (${lagUnknown}))`,
  },
  badShare: (window) => `avg_over_time(${LATE}[${window}])`,
  page: null,
  ticket: {
    alert: "AssayLagBudget",
    summary: "Groups were more than 30 s behind for {{ $value | humanizePercentage }} of the time",
  },
}

const UNANCHORED = "assay:unanchored:share"

export const ANCHORED: BudgetObjective = {
  name: "unanchored",
  promise:
    "What came into the anchor log counts at each contract within two intervals and an hour, for 99 % of the time of all contracts",
  target: 0.99,
  base: {
    record: UNANCHORED,
    // Bitcoin by OpenTimestamps promises no time. Where nothing is anchored there is no share, nor while the process that anchors is gone,
    // which AssayAnchorDown tells.
    expr: 'avg(max by (anchor) (assay_anchor_unanchored_age_seconds{anchor!="opentimestamps"}) > bool on () group_left () (2 * max(assay_anchor_interval_seconds) + 3600))',
  },
  badShare: (window) => `avg_over_time(${UNANCHORED}[${window}])`,
  page: null,
  ticket: {
    alert: "AssayAnchorBudget",
    summary: "Heads of the anchor log were late at their contract for {{ $value | humanizePercentage }} of the time",
  },
}

export const UNPROVEN: ZeroObjective = {
  name: "unproven_verified",
  promise: "Nothing on verified that is not proven: 0",
  alert: "AssayUnprovenVerified",
  summary: "Something on verified was not proven in the last hour",
  description:
    "Whoever acts on verified acts on something that was never shown to be true: stop those consumers first. Either a stage of Assay has a fault, or somebody else writes to the topic.",
  counters: ["assay_verified_unproven_total", 'assay_deadletters_total{stream="telemetry.verified.v1"}'],
}
