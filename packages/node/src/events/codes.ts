/** Every code of a node's own log lines: a closed union. docs/guides/observability.md lists them from here. */

export type Level = "info" | "warn" | "error"

/** Level and meaning of each code. */
export const EVENT_CODES = {
  "node.started": { level: "info", about: "Log, runners and everything beside them are open" },
  "node.listening": { level: "info", about: "HTTP is served; `url` says where" },
  "node.stopping": {
    level: "info",
    about: "The end has begun: no new messages are taken, the batches in hand are finished",
  },
  "node.stopped": { level: "info", about: "The end; `exit` is the exit code" },
  "node.failed": { level: "error", about: "It could not start, or broke; `exit` is the exit code" },
  "stop.slow": { level: "warn", about: "The stop still waits for one part of the process" },
  "stop.late": { level: "error", about: "A part did not stop in time and was abandoned: exit code 3" },
  "http.plain": { level: "warn", about: "Tokens travel without TLS" },
  "http.failed": { level: "error", about: "A request failed for a fault of ours" },
  "log.unused_brokers": {
    level: "warn",
    about: "`KAFKA_BROKERS` is set and `LOG` is not: the log is the embedded one",
  },
  "log.taken": {
    level: "error",
    about: "ALARM: another process has the data directory; this one writes nothing more and ends with exit code 2",
  },
  "log.ended": {
    level: "error",
    about:
      "ALARM: the log was ended, and the next epoch goes on from it; this process writes nothing more and ends with exit code 2",
  },
  "log.time": {
    level: "error",
    about: "ALARM: the clock jumped, or the log's stamps lie apart from it; nothing is appended until they agree again",
  },
  "log.time_agrees": { level: "info", about: "The clocks agree again, and appends go on" },
  "log.unwritable": {
    level: "error",
    about: "ALARM: the log takes nothing, because its disk is full or fails: messages are refused",
  },
  "log.writable": { level: "info", about: "The log takes what is written again" },
  "log.problem": { level: "warn", about: "The log met a problem and goes on" },
  "verify.backend": { level: "info", about: "What verifies Ed25519 in this process: `backend`" },
  "verify.fallback": {
    level: "warn",
    about: "libsodium was wanted and is not used, the message says why: node:crypto verifies, more slowly and the same",
  },
  "outage.begun": { level: "warn", about: "Servers behind the log do not answer; it is tried again without end" },
  "outage.lasts": { level: "warn", about: "The outage lasts; `failures` counts. At most once in 30 s" },
  "outage.ended": { level: "info", about: "Batches are committed again; `failures` and `seconds` sum up the outage" },
  "runner.restored": { level: "warn", about: "A runner failed and goes on from its last commit" },
  "runner.stalled": { level: "warn", about: "A runner had work, made no progress, and is restarted" },
  "thread.ended": {
    level: "error",
    about:
      "A thread that judges has ended, or was ended because it stood still: it is replaced, and its partitions (`partitions`) are restored from the log",
  },
  "partition.halted": { level: "error", about: "ALARM: a partition stands still until somebody has looked" },
  "entries.undecided": {
    level: "error",
    about: "ALARM: Assay failed at entries (`count`), which are kept undecided: the fault is ours",
  },
  "group.not_joined": { level: "warn", about: "A consumer group could not be joined or left; joining is tried again" },
  "group.rebalanced": { level: "info", about: "The share of this process changed: `gained` and `lost` partitions" },
  "lag.unknown": { level: "warn", about: "How far the runners are behind could not be measured" },
  "tick.failed": { level: "warn", about: "A tick could not be appended; the next one tries again" },
  "seal.lease": {
    level: "info",
    about: "Kafka: this process seals the audit log, stands by while another one does, or seals no more",
  },
  "seal.failed": { level: "error", about: "Sealing failed; it is tried again, and the node is not ready" },
  "seal.thread_ended": {
    level: "error",
    about:
      "The thread that seals has ended, or was ended because it stood still: it is replaced, and goes on from what is sealed",
  },
  "witness.problem": {
    level: "warn",
    about:
      "A witness gave no cosignature, and why, or there is no quorum; it is asked again. At most once a minute for each log and witness",
  },
  "cohorts.problem": { level: "warn", about: "The statistics of classes met a problem and go on" },
  "read_model.problem": { level: "warn", about: "The read model met a problem and tries again" },
  "passports.problem": {
    level: "warn",
    about: "The passport issuer met a problem and tries again; no stage waits for it",
  },
  "sink.failed": { level: "warn", about: "A sink (`sink`) met a problem and tries again; no stage waits for it" },
  "sink.refused": { level: "warn", about: "A sink passed over a record for good, and keeps no dead letters: `reason`" },
  "sink.halted": {
    level: "error",
    about: "ALARM: records were gone before a sink (`sink`) had them; it stands still at that stream",
  },
  "activation.accepted": { level: "info", about: "Knowledge is in force: `item`, `version`, `hash`" },
  "activation.refused": { level: "warn", about: "Knowledge was refused: `item`, `version`, `hash`, `reasons`" },
  "command.accepted": { level: "info", about: "An operator's command was carried out: `verb`, `target`" },
  "command.refused": {
    level: "warn",
    about: "An operator's command was refused: `reasons`; `assay explain` shows what stands at its `origin`",
  },
  "device.quarantined": {
    level: "warn",
    about: "A device went into quarantine: `device`, `from`, `reasons`. At most 20 in 10 s",
  },
  "device.revoked": { level: "warn", about: "A device was revoked for good. At most 20 in 10 s" },
  "devices.more": { level: "warn", about: "So many more devices (`count`) went into quarantine or were revoked" },
  "incident.recorded": {
    level: "error",
    about: "A fleet-wide incident is in the audit log, such as the quarantine breaker",
  },
  "knowledge.expiring": {
    level: "warn",
    about: "Knowledge in force expires within 14 days, and again within 24 hours: `item`, `version`, `expires`",
  },
  "knowledge.expired": {
    level: "error",
    about: "Knowledge has expired: nothing is `verified` until it is replaced, and the node is not ready",
  },
  "status_list.expiring": {
    level: "warn",
    about:
      "Status lists of the bundle or of issuers (`lists`, the first of `count`) are in the last quarter of their maximum age",
  },
  "status_list.expired": {
    level: "error",
    about:
      "Status lists are past their maximum age: telemetry of the devices listed there is annotated, every other act withheld",
  },
  "renewal.due": {
    level: "warn",
    about:
      "What resolvers renew, answers of trust registries and documents of issuers (`items`, the first of `count`), is in the last quarter of its age",
  },
  "renewal.missed": {
    level: "error",
    about:
      "What resolvers renew is past its age: devices whose credentials rest on it are withheld until it is renewed",
  },
} as const satisfies Readonly<Record<string, { readonly level: Level; readonly about: string }>>

export type EventCode = keyof typeof EVENT_CODES
