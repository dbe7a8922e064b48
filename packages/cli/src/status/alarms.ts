/** What somebody has to look at, by the bounds of the alert rules (infra/observability/prometheus/alerts.yml). */
import { SOON_MS } from "@assay/knowledge"
import { BEHIND_MS } from "../doctor/groups.ts"
import type { LogStatus } from "./log.ts"
import type { NodeStatus, Silent } from "./node.ts"

export interface Alarm {
  /** The alert rule of the same meaning; its section of docs/guides/operations.md says what to do. */
  readonly alert: string
  /** `warn` still works today. */
  readonly state: "warn" | "fail"
  /** A node's URL, or `log`. */
  readonly where: string
  readonly what: string
}

const SOON_S = SOON_MS / 1_000
const BEHIND_S = BEHIND_MS / 1_000
const seconds = (value: number): string => `${Math.round(value)} s`

const knowledgeAlarms = ({ url, knowledge }: NodeStatus): ReadonlyArray<Alarm> =>
  knowledge.flatMap(({ kind, version, remaining }): ReadonlyArray<Alarm> => {
    if (!(remaining < SOON_S)) return []
    const what =
      remaining <= 0
        ? `${kind} version ${version} has expired`
        : `${kind} version ${version} expires in ${Math.floor(remaining / 3_600)} h`
    return [{ alert: "AssayKnowledgeExpires", state: remaining <= 0 ? "fail" : "warn", where: url, what }]
  })

const nodeAlarms = (node: NodeStatus): ReadonlyArray<Alarm> => {
  const { url, notReady, lag, unsealed, halted, unavailable, away } = node
  const alarm = (alert: string, what: string, state: Alarm["state"] = "fail"): Alarm => ({
    alert,
    state,
    where: url,
    what,
  })
  return [
    ...(notReady === null ? [] : [alarm("AssayNotReady", `not ready: ${notReady}`)]),
    ...halted.map((at) => alarm("AssayRecordsLost", `${at} stands still until a person has looked`)),
    ...(unavailable ? [alarm("AssayBrokerUnavailable", "the brokers do not answer it")] : []),
    ...(lag !== null && lag.seconds > BEHIND_S
      ? [alarm("AssayLag", `${lag.group} is ${seconds(lag.seconds)} behind on partition ${lag.partition}`)]
      : []),
    ...(unsealed !== null && unsealed.seconds > BEHIND_S
      ? [
          alarm(
            "AssayUnsealedAudit",
            `audit events of partition ${unsealed.partition} are unsealed for ${seconds(unsealed.seconds)}`,
          ),
        ]
      : []),
    ...away.map((what) =>
      alarm(what === "the read model" ? "AssayReadModelBehind" : "AssaySinkBehind", `${what} takes nothing`, "warn"),
    ),
    ...knowledgeAlarms(node),
  ]
}

const logAlarms = (log: LogStatus): ReadonlyArray<Alarm> => {
  const alarm = (alert: string, what: string, state: Alarm["state"] = "fail"): Alarm => ({
    alert,
    state,
    where: "log",
    what,
  })
  const { services, running, unsealed, undecided, deadLetters } = log
  return [
    ...(running ? [] : [alarm("AssayDown", "no process works on it", services.length === 0 ? "warn" : "fail")]),
    ...services.flatMap(({ name, processes, ms, partition }) => [
      ...(running && processes === 0 ? [alarm("AssayDown", `no process runs ${name}`)] : []),
      ...(running && ms > BEHIND_MS
        ? [alarm("AssayLag", `${name} is ${seconds(ms / 1_000)} behind on partition ${partition}`)]
        : []),
    ]),
    ...(running && unsealed.ms > BEHIND_MS
      ? [
          alarm(
            "AssayUnsealedAudit",
            `audit events of partition ${unsealed.partition} are unsealed for ${seconds(unsealed.ms / 1_000)}`,
          ),
        ]
      : []),
    ...(undecided === 0 ? [] : [alarm("AssayUndecided", `up to ${undecided} entries are kept undecided`)]),
    ...(deadLetters === 0 ? [] : [alarm("AssayDeadLetters", `up to ${deadLetters} records are none of ours`, "warn")]),
  ]
}

/** @param log null where it was not looked at */
export const alarmsOf = (nodes: ReadonlyArray<NodeStatus | Silent>, log: LogStatus | null): ReadonlyArray<Alarm> => [
  ...nodes.flatMap(
    (node): ReadonlyArray<Alarm> =>
      "problem" in node
        ? [{ alert: "AssayDown", state: "fail", where: node.url, what: node.problem }]
        : nodeAlarms(node),
  ),
  ...(log === null ? [] : logAlarms(log)),
]
