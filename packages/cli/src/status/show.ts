/** A deployment at a glance, for people. */
import { type Output, table } from "../output.ts"
import type { Alarm } from "./alarms.ts"
import type { LogStatus, ServiceStatus } from "./log.ts"
import type { NodeStatus, Silent } from "./node.ts"

export interface Status {
  /** Milliseconds since 1970. */
  readonly time: number
  readonly nodes: ReadonlyArray<NodeStatus | Silent>
  readonly log: LogStatus | null
  /** Why the log was not looked at; null where it was. */
  readonly notLooked: string | null
  readonly alarms: ReadonlyArray<Alarm>
}

const DAY_S = 86_400

const age = (seconds: number): string => {
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 2 * DAY_S) return `${Math.round(seconds / 3_600)} h`
  return `${Math.floor(seconds / DAY_S)} d`
}

const waitsOf = ({ entries, ms, partition }: ServiceStatus): ReadonlyArray<string> =>
  partition === null ? ["nothing", "", ""] : [String(entries), age(ms / 1_000), String(partition)]

const showLog = (log: LogStatus, now: number, output: Output): void => {
  const { name, engine, partitions, services, unsealed, checkpoint } = log
  output.say(`log          ${name} (${engine}), ${partitions} partitions`)
  const sealed =
    checkpoint === null
      ? "nothing is sealed yet"
      : `${checkpoint.leaves} events on ${checkpoint.partitions} partitions, the newest ${age((now - checkpoint.time) / 1_000)} old`
  output.say(`checkpoints  ${sealed}`)
  output.say(
    `unsealed     ${unsealed.ms === 0 ? "nothing" : `${age(unsealed.ms / 1_000)} (partition ${unsealed.partition})`}`,
  )
  if (services.length === 0) return
  const rows = services.map((one) => [
    one.name,
    one.processes === null ? (log.running ? "1" : "0") : String(one.processes),
    ...waitsOf(one),
  ])
  output.say()
  output.say(table(["service", "processes", "waits", "oldest", "partition"], rows, [1, 2, 3, 4]))
}

const servicesOf = ({ services }: NodeStatus): string =>
  services.map(({ name, partitions }) => `${name} (${partitions})`).join(", ") || "none"

const nodeRow = (node: NodeStatus | Silent): ReadonlyArray<string> => {
  if ("problem" in node) return [node.url, "silent", "", "", ""]
  const { url, notReady, lag, unsealed } = node
  return [
    url,
    notReady === null ? "ready" : "not ready",
    servicesOf(node),
    lag === null ? "0" : age(lag.seconds),
    unsealed === null ? "" : age(unsealed.seconds),
  ]
}

/** Of each kind the lowest version that a node has in force, and what is left of it. */
const showKnowledge = (nodes: Status["nodes"], output: Output): void => {
  const kinds = new Map<string, { readonly version: number; readonly remaining: number }>()
  for (const node of nodes) {
    if ("problem" in node) continue
    for (const { kind, version, remaining } of node.knowledge) {
      const known = kinds.get(kind)
      if (known === undefined || version < known.version) kinds.set(kind, { version, remaining })
    }
  }
  if (kinds.size === 0) return
  const rows = [...kinds].map(([kind, { version, remaining }]) => [
    kind,
    String(version),
    remaining <= 0 ? "expired" : age(remaining),
  ])
  output.say()
  output.say(table(["knowledge", "version", "lasts"], rows, [1, 2]))
}

export const show = ({ time, nodes, log, notLooked, alarms }: Status, output: Output): void => {
  if (log === null) output.say(`log          not looked at: ${notLooked}`)
  else showLog(log, time, output)
  if (nodes.length > 0) {
    output.say()
    output.say(table(["node", "", "judges (partitions)", "lag", "unsealed"], nodes.map(nodeRow)))
  }
  showKnowledge(nodes, output)
  output.say()
  for (const { alert, state, where, what } of alarms)
    output.say(
      `${output.colour(state === "fail" ? "FAIL" : "warn", state === "fail" ? "red" : "yellow")}  ${where}: ${what} (${alert})`,
    )
  if (alarms.length === 0) output.say("no alarms")
}
