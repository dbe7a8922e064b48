/** What the Grafana dashboard shows, row by row: the questions that somebody on call asks, in that order. */
export type Unit = "short" | "s" | "percentunit" | "ops" | "bytes" | "none"

export interface Query {
  readonly expr: string
  readonly legend: string
}

export interface PanelSpec {
  readonly title: string
  readonly help: string
  readonly unit: Unit
  readonly kind?: "timeseries" | "stat"
  /** Turns red from here on. */
  readonly limit?: number
  readonly queries: ReadonlyArray<Query>
}

export interface Row {
  readonly title: string
  readonly panels: ReadonlyArray<PanelSpec>
}

const quantile = (of: number, metric: string, by: string): string =>
  `histogram_quantile(${of}, sum by (le${by === "" ? "" : `, ${by}`}) (rate(${metric}_bucket[$__rate_interval])))`

const share = (outcome: string): string =>
  `sum(rate(assay_decisions_total{outcome="${outcome}"}[$__rate_interval])) / sum(rate(assay_decisions_total[$__rate_interval]))`

export const ROWS: ReadonlyArray<Row> = [
  {
    title: "Is it well?",
    panels: [
      {
        title: "Instances up",
        help: "Scraped processes that answer",
        unit: "none",
        kind: "stat",
        queries: [{ expr: 'sum by (service) (up{job="assay"})', legend: "{{service}}" }],
      },
      {
        title: "Instances not ready",
        help: "GET /readyz on the instance says why",
        unit: "none",
        kind: "stat",
        limit: 1,
        queries: [{ expr: "count(assay_ready == 0) or vector(0)", legend: "not ready" }],
      },
      {
        title: "Decisions a second",
        help: "All outcomes",
        unit: "ops",
        kind: "stat",
        queries: [{ expr: "sum(rate(assay_decisions_total[$__rate_interval]))", legend: "decisions" }],
      },
      {
        title: "Decided within 2 s",
        help: "The objective is 99.9 %, from the append of a message to its durable decision",
        unit: "percentunit",
        kind: "stat",
        queries: [
          {
            expr: 'sum(rate(assay_decision_latency_seconds_bucket{le=~"2|2\\\\.0"}[$__rate_interval])) / sum(rate(assay_decision_latency_seconds_count[$__rate_interval]))',
            legend: "within 2 s",
          },
        ],
      },
      {
        title: "Verified without proof",
        help: "Since the start of the processes. The objective is 0: each is a fault of Assay",
        unit: "none",
        kind: "stat",
        limit: 1,
        queries: [{ expr: "sum(assay_verified_unproven_total)", legend: "without proof" }],
      },
    ],
  },
  {
    title: "What is decided?",
    panels: [
      {
        title: "Decisions by outcome",
        help: "Original decisions only; a release counts as an audit event",
        unit: "ops",
        queries: [{ expr: "sum by (outcome) (rate(assay_decisions_total[$__rate_interval]))", legend: "{{outcome}}" }],
      },
      {
        title: "Share quarantined and rejected",
        help: "A jump is an attack, or knowledge of ours that went wrong",
        unit: "percentunit",
        limit: 0.05,
        queries: [
          { expr: share("quarantined"), legend: "quarantined" },
          { expr: share("rejected"), legend: "rejected" },
        ],
      },
      {
        title: "Reasons",
        help: "The ten most frequent reason codes",
        unit: "ops",
        queries: [
          {
            expr: "topk(10, sum by (reason) (rate(assay_reasons_total[$__rate_interval])) > 0)",
            legend: "{{reason}}",
          },
        ],
      },
      {
        title: "Integrity",
        help: "Messages that break their device's hash chain, leave gaps in it, or bring firmware that is none",
        unit: "short",
        limit: 1,
        queries: [
          {
            expr: 'sum by (reason) (increase(assay_reasons_total{reason=~"integrity\\\\.(chain_broken|chain_gap|firmware_.*)"}[5m])) > 0',
            legend: "{{reason}}",
          },
        ],
      },
      {
        title: "Rejected, by whether the issuer had signed",
        help: "Signed ones point to a carrier or a device that is wrong, the others to strangers",
        unit: "ops",
        queries: [
          {
            expr: "sum by (signed) (rate(assay_rejected_messages_total[$__rate_interval]))",
            legend: "signed: {{signed}}",
          },
        ],
      },
      {
        title: "Trust transitions",
        help: "Devices that entered a state, in five minutes",
        unit: "short",
        queries: [{ expr: "sum by (to) (increase(assay_trust_transitions_total[5m])) > 0", legend: "{{to}}" }],
      },
      {
        title: "Audit events",
        help: "By kind",
        unit: "ops",
        queries: [{ expr: "sum by (kind) (rate(assay_audit_events_total[$__rate_interval]))", legend: "{{kind}}" }],
      },
    ],
  },
  {
    title: "Does it keep up?",
    panels: [
      {
        title: "Lag in seconds",
        help: "Age of the oldest entry that is not committed; the objective is below 30 s",
        unit: "s",
        limit: 30,
        queries: [
          { expr: "max by (group, partition) (assay_consumer_lag_time_seconds)", legend: "{{group}}/{{partition}}" },
          {
            expr: "max by (group, partition) (assay_held_back_time_seconds) > 0",
            legend: "{{group}}/{{partition}} held back",
          },
        ],
      },
      {
        title: "Lag in entries",
        help: "An upper bound: offsets have gaps",
        unit: "short",
        queries: [
          { expr: "max by (group, partition) (assay_consumer_lag)", legend: "{{group}}/{{partition}}" },
          {
            expr: "max by (group, partition) (assay_held_back_records) > 0",
            legend: "{{group}}/{{partition}} held back",
          },
        ],
      },
      {
        title: "From append to decision",
        help: "As the log stamped the append",
        unit: "s",
        limit: 2,
        queries: [0.5, 0.99, 0.999].map((of) => ({
          expr: quantile(of, "assay_decision_latency_seconds", ""),
          legend: `p${of * 100}`,
        })),
      },
      {
        title: "Entries by stage",
        help: "In committed batches",
        unit: "ops",
        queries: [
          {
            expr: "sum by (messaging_consumer_group_name) (rate(messaging_client_consumed_messages_total[$__rate_interval]))",
            legend: "{{messaging_consumer_group_name}}",
          },
        ],
      },
      {
        title: "Time of a batch (p99)",
        help: "From reading it to its durable commit",
        unit: "s",
        queries: [
          {
            expr: quantile(0.99, "messaging_process_duration_seconds", "messaging_consumer_group_name"),
            legend: "{{messaging_consumer_group_name}}",
          },
        ],
      },
      {
        title: "Time of the log (p99)",
        help: "Commits of batches and appends of ingress",
        unit: "s",
        queries: [
          {
            expr: quantile(
              0.99,
              "messaging_client_operation_duration_seconds",
              "messaging_operation_name, messaging_destination_name",
            ),
            legend: "{{messaging_operation_name}} {{messaging_destination_name}}",
          },
        ],
      },
      {
        title: "Batches a second, and their size",
        help: "Small batches cost a commit each",
        unit: "short",
        queries: [
          { expr: "sum by (group) (rate(assay_batches_total[$__rate_interval]))", legend: "{{group}} batches/s" },
          {
            expr: "sum by (group) (rate(assay_batch_size_sum[$__rate_interval])) / sum by (group) (rate(assay_batch_size_count[$__rate_interval]))",
            legend: "{{group}} entries a batch",
          },
        ],
      },
      {
        title: "Ingress",
        help: "Accepted and refused (quota, size, rights), what was appended, and what waits",
        unit: "short",
        queries: [
          { expr: "sum(rate(assay_submitted_total[$__rate_interval]))", legend: "accepted/s" },
          { expr: "sum(rate(assay_refused_total[$__rate_interval]))", legend: "refused/s" },
          { expr: "sum(rate(messaging_client_sent_messages_total[$__rate_interval]))", legend: "appended/s" },
          { expr: "max(assay_backlog_entries)", legend: "backlog" },
        ],
      },
    ],
  },
  {
    title: "Does it hold together?",
    panels: [
      {
        title: "Partitions by instance",
        help: "The share of each process; their sum is the number of partitions",
        unit: "none",
        queries: [{ expr: "sum by (group, instance) (assay_partitions_assigned)", legend: "{{group}} {{instance}}" }],
      },
      {
        title: "Rebalances, takeovers, stalls, restores",
        help: "In five minutes",
        unit: "short",
        queries: [
          { expr: "sum by (group) (increase(assay_rebalances_total[5m])) > 0", legend: "{{group}} rebalances" },
          { expr: "sum by (group) (increase(assay_takeovers_total[5m])) > 0", legend: "{{group}} takeovers" },
          { expr: "sum by (group) (increase(assay_stalls_total[5m])) > 0", legend: "{{group}} stalls" },
          {
            expr: "sum by (group, error_type) (increase(assay_restores_total[5m])) > 0",
            legend: "{{group}} {{error_type}}",
          },
        ],
      },
      {
        title: "Brokers away, partitions halted",
        help: "1 while it is so",
        unit: "none",
        limit: 1,
        queries: [
          { expr: "max by (instance) (assay_log_unavailable)", legend: "{{instance}} no answer" },
          { expr: "max by (group, partition) (assay_partition_halted) > 0", legend: "{{group}}/{{partition}} halted" },
        ],
      },
      {
        title: "Dead letters",
        help: "Records that are none of ours, kept untouched",
        unit: "short",
        limit: 1,
        queries: [
          {
            expr: "sum by (stream, code) (increase(assay_deadletters_total[5m])) > 0",
            legend: "{{stream}} {{code}}",
          },
        ],
      },
      {
        title: "Undecided entries",
        help: "Assay failed at these entries and kept them: each is a fault of ours, and wants a person to look",
        unit: "short",
        limit: 1,
        queries: [
          {
            expr: "sum by (group, partition) (increase(assay_undecided_entries_total[5m])) > 0",
            legend: "{{group}} {{partition}}",
          },
        ],
      },
      {
        title: "Age of unsealed audit events",
        help: "Above 30 s the node is not ready",
        unit: "s",
        limit: 30,
        queries: [{ expr: "max by (partition) (assay_unsealed_age_seconds)", legend: "{{partition}}" }],
      },
      {
        title: "Leaves sealed a second",
        help: "By partition of the transparency log",
        unit: "ops",
        queries: [
          { expr: "sum by (partition) (deriv(assay_sealed_leaves[$__rate_interval]))", legend: "{{partition}}" },
        ],
      },
      {
        title: "Anchors",
        help: "Age of the oldest leaf of the anchor log that does not count at each place yet, and of the newest head that does; the objective is two intervals and an hour",
        unit: "s",
        queries: [
          { expr: "max by (anchor) (assay_anchor_unanchored_age_seconds)", legend: "{{anchor}} not anchored for" },
          {
            expr: "time() - max by (anchor) (assay_anchor_confirmed_seconds)",
            legend: "{{anchor}} newest head counts since",
          },
          { expr: "max by (anchor) (assay_anchor_unmined_age_seconds)", legend: "{{anchor}} in no block for" },
          { expr: "max(assay_anchor_interval_seconds)", legend: "interval" },
        ],
      },
      {
        title: "The anchor log and its places",
        help: "Leaves, and those that count; places with a problem, and those that hold another history",
        unit: "short",
        queries: [
          { expr: "max(assay_anchor_log_leaves)", legend: "leaves" },
          { expr: "max by (anchor) (assay_anchor_confirmed_leaves)", legend: "{{anchor}} leaves that count" },
          { expr: "min by (anchor) (assay_anchor_up)", legend: "{{anchor}} without a problem" },
          { expr: "max by (anchor) (assay_anchor_refused)", legend: "{{anchor}} another history" },
          { expr: "sum(increase(assay_anchor_round_failures_total[5m]))", legend: "rounds failed" },
        ],
      },
      {
        title: "Transactions of anchors",
        help: "In an hour: sent (each form), confirmed, failed; blocks that a reorganisation took away",
        unit: "short",
        queries: [
          {
            expr: "sum by (anchor, result) (increase(assay_anchor_transactions_total[1h]))",
            legend: "{{anchor}} {{result}}",
          },
          {
            expr: "sum by (anchor, final) (increase(assay_anchor_reorganisations_total[1h])) > 0",
            legend: "{{anchor}} reorganised, counted before: {{final}}",
          },
        ],
      },
      {
        title: "What anchoring costs",
        help: "Coins of the chain in a day, and those of the account before its last transaction",
        unit: "short",
        queries: [
          { expr: "sum by (anchor) (increase(assay_anchor_spent_coins_total[1d]))", legend: "{{anchor}} a day" },
          { expr: "min by (anchor) (assay_anchor_balance_coins)", legend: "{{anchor}} account" },
        ],
      },
      {
        title: "What is anchored, and cosigned",
        help: "Logs of partitions beside the anchor log: current, empty, unreadable, forked; cosignatures on it in five minutes, asked and had",
        unit: "short",
        queries: [
          { expr: "max by (state) (assay_anchor_logs)", legend: "{{state}}" },
          {
            expr: "sum by (result) (increase(assay_anchor_cosignatures_total[5m]))",
            legend: "cosignatures {{result}}",
          },
        ],
      },
      {
        title: "Read model",
        help: "Behind the audit stream, in seconds and events; what failed, was passed over, was lost",
        unit: "short",
        queries: [
          { expr: "max(assay_read_model_lag_seconds)", legend: "seconds behind" },
          { expr: "sum(assay_read_model_lag_records)", legend: "events behind" },
          { expr: "sum(rate(assay_read_model_applied_records_total[$__rate_interval]))", legend: "applied/s" },
          { expr: "min(assay_read_model_up)", legend: "Redis answers" },
          { expr: "sum(increase(assay_read_model_failures_total[5m]))", legend: "failures" },
          { expr: "sum(increase(assay_read_model_unreadable_records_total[5m]))", legend: "passed over" },
          { expr: "sum(increase(assay_read_model_lost_records_total[5m]))", legend: "lost" },
        ],
      },
      {
        title: "Sinks",
        help: "How far each sink is behind the decisions, in seconds and records; what it took, repeated and refused",
        unit: "short",
        queries: [
          { expr: "max by (sink) (assay_sink_lag_seconds)", legend: "{{sink}} seconds behind" },
          { expr: "sum by (sink) (assay_sink_lag_records)", legend: "{{sink}} behind" },
          { expr: "sum by (sink) (rate(assay_sink_exported_decisions_total[$__rate_interval]))", legend: "{{sink}}/s" },
          { expr: "sum by (sink) (rate(assay_sink_exported_bytes_total[$__rate_interval]))", legend: "{{sink}} B/s" },
          { expr: "min by (sink) (assay_sink_up)", legend: "{{sink}} takes" },
          { expr: "sum by (sink) (increase(assay_sink_retries_total[5m]))", legend: "{{sink}} retries" },
          { expr: "sum by (sink) (increase(assay_sink_refused_decisions_total[5m]))", legend: "{{sink}} refused" },
          { expr: "sum by (sink) (increase(assay_sink_unreadable_records_total[5m]))", legend: "{{sink}} unreadable" },
        ],
      },
      {
        title: "Adapters of other protocols",
        help: "Whether each adapter is connected, what it has under way, what it did not take and why, what came again; receipts and challenges to devices",
        unit: "short",
        queries: [
          { expr: "min by (binding) (assay_ingress_up)", legend: "{{binding}} connected" },
          { expr: "sum by (binding) (assay_ingress_under_way)", legend: "{{binding}} under way" },
          { expr: "sum by (binding, code) (increase(assay_ingress_lost_total[5m]))", legend: "{{binding}} {{code}}" },
          { expr: "sum by (binding) (increase(assay_ingress_sent_again_total[5m]))", legend: "{{binding}} again" },
          { expr: "sum by (binding) (increase(assay_ingress_failures_total[5m]))", legend: "{{binding}} failures" },
          { expr: "sum by (result) (rate(assay_receipts_total[$__rate_interval]))", legend: "receipts {{result}}/s" },
          {
            expr: "sum by (result) (rate(assay_challenges_total[$__rate_interval]))",
            legend: "challenges {{result}}/s",
          },
        ],
      },
      {
        title: "Documents, status lists and registries",
        help: "What a resolver hands in, fails at and follows; how late its looks are, how long they take, what they come to; and until when what it renews counts",
        unit: "short",
        queries: [
          { expr: "min by (item) (assay_renewal_remaining_seconds)", legend: "{{item}} counts for s" },
          { expr: "max(assay_resolver_behind_seconds)", legend: "seconds late" },
          { expr: "sum by (of) (assay_resolver_followed)", legend: "followed {{of}}" },
          { expr: "sum(assay_resolver_looking)", legend: "looking" },
          { expr: "sum by (item) (increase(assay_resolver_handed_in_total[5m]))", legend: "handed in {{item}}" },
          { expr: "sum by (item) (increase(assay_resolver_failures_total[5m]))", legend: "failed {{item}}" },
          { expr: "sum by (outcome) (increase(assay_resolver_asks_total[5m]))", legend: "asked for: {{outcome}}" },
          { expr: "sum(increase(assay_resolver_host_waits_total[5m]))", legend: "waits of hosts" },
          {
            expr: "sum by (method, outcome) (increase(assay_resolver_look_duration_seconds_count[5m]))",
            legend: "{{method}} {{outcome}}",
          },
          { expr: quantile(0.95, "assay_resolver_look_duration_seconds", "method"), legend: "{{method}} p95 s" },
        ],
      },
      {
        title: "Beside a oneM2M CSE",
        help: "Containers by state; instances that were read because nobody reported them, state tags without one, instances that changed, and refused requests in the name of the CSE",
        unit: "short",
        queries: [
          { expr: "sum by (state) (assay_cse_containers)", legend: "containers {{state}}" },
          { expr: "sum(increase(assay_cse_backfilled_instances_total[5m]))", legend: "read later" },
          { expr: "sum(increase(assay_cse_gaps_total[5m]))", legend: "gaps" },
          { expr: "sum(increase(assay_cse_changed_instances_total[5m]))", legend: "changed" },
          { expr: "sum by (code) (increase(assay_cse_refused_requests_total[5m]))", legend: "refused {{code}}" },
        ],
      },
      {
        title: "What sinks leave out",
        help: "Decisions that a sink was not asked for, and those that it has in a summary of a storm alone",
        unit: "ops",
        queries: [
          {
            expr: "sum by (sink) (rate(assay_sink_passed_by_decisions_total[$__rate_interval]))",
            legend: "{{sink}} passed by",
          },
          {
            expr: "sum by (sink) (rate(assay_sink_summarised_decisions_total[$__rate_interval]))",
            legend: "{{sink}} summed up",
          },
        ],
      },
      {
        title: "Quality of the data",
        help: "By class and zone, as rows of readings are made: share verified, messages missing by the chain, delay, newest",
        unit: "short",
        queries: [
          {
            expr: 'sum by (class, zone) (rate(assay_quality_messages_total{outcome="verified"}[5m])) / sum by (class, zone) (rate(assay_quality_messages_total[5m]))',
            legend: "{{class}} in {{zone}} verified",
          },
          {
            expr: "sum by (class, zone) (increase(assay_quality_gaps_total[5m]))",
            legend: "{{class}} in {{zone}} gaps",
          },
          { expr: "max by (class, zone) (assay_quality_delay_seconds)", legend: "{{class}} in {{zone}} delay, s" },
          {
            expr: "time() - max by (class, zone) (assay_quality_newest_seconds)",
            legend: "{{class}} in {{zone}} newest, s ago",
          },
          { expr: "sum(rate(assay_readings_rows_total[$__rate_interval]))", legend: "rows/s" },
        ],
      },
      {
        title: "Knowledge lasts",
        help: "Until the first item of each kind in force expires; then nothing is verified",
        unit: "s",
        queries: [
          { expr: "min by (item) (assay_knowledge_remaining_seconds)", legend: "{{item}}" },
          { expr: "min(assay_status_list_remaining_seconds)", legend: "status lists, until the first is too old" },
        ],
      },
      {
        title: "Knowledge in force",
        help: "Lowest version of each kind in force, over all partitions",
        unit: "none",
        queries: [{ expr: "min by (item) (assay_knowledge_version)", legend: "{{item}}" }],
      },
    ],
  },
  {
    title: "What does it cost?",
    panels: [
      {
        title: "CPU",
        help: "Cores, user and system",
        unit: "none",
        queries: [
          {
            expr: "sum by (instance, cpu_mode) (rate(process_cpu_time_seconds_total[$__rate_interval]))",
            legend: "{{instance}} {{cpu_mode}}",
          },
        ],
      },
      {
        title: "Memory",
        help: "Resident, used heap, and where the heap ends",
        unit: "bytes",
        queries: [
          { expr: "process_memory_usage_bytes", legend: "{{instance}} resident" },
          { expr: "sum by (instance) (v8js_memory_heap_used_bytes)", legend: "{{instance}} heap" },
          { expr: "assay_heap_limit_bytes", legend: "{{instance}} heap limit" },
        ],
      },
      {
        title: "Event loop delay",
        help: "A loop that stands still misses heartbeats",
        unit: "s",
        limit: 1,
        queries: [
          { expr: "nodejs_eventloop_delay_p50_seconds", legend: "{{instance}} p50" },
          { expr: "nodejs_eventloop_delay_p99_seconds", legend: "{{instance}} p99" },
          { expr: "nodejs_eventloop_delay_max_seconds", legend: "{{instance}} max" },
        ],
      },
      {
        title: "Event loop busy",
        help: "Share of the time",
        unit: "percentunit",
        limit: 0.9,
        queries: [{ expr: "nodejs_eventloop_utilization_ratio", legend: "{{instance}}" }],
      },
      {
        title: "Uptime",
        help: "A saw shows restarts",
        unit: "s",
        queries: [{ expr: "process_uptime_seconds", legend: "{{instance}}" }],
      },
      {
        title: "Malformed traceparents",
        help: "Ignored; somebody upstream writes what is no W3C Trace Context",
        unit: "short",
        queries: [
          { expr: "sum by (instance) (increase(assay_traceparents_malformed_total[5m]))", legend: "{{instance}}" },
        ],
      },
    ],
  },
]
