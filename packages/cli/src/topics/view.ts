/** The state of a log's topics for people. */

import { describeAcl } from "@assay/kafka-client"
import type { Drift, LogSpec, TopicSpec } from "@assay/log-kafka/topics"
import { type Output, table } from "../output.ts"
import type { Applied, State } from "./state.ts"

/** More lines of one sort are counted, not listed; --json has them all. */
const LISTED = 20

const UNITS: ReadonlyArray<readonly [string, number]> = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
]

/** A time of the configuration: `7d`. */
const inTime = (milliseconds: number): string => {
  const [unit, size] = UNITS.find(([, each]) => milliseconds >= each && milliseconds % each === 0) ?? ["ms", 1]
  return `${milliseconds / size}${unit}`
}

const keptOf = ({ configs }: TopicSpec): string => {
  if (configs["cleanup.policy"] === "compact") return "last of each key"
  const retention = Number(configs["retention.ms"])
  return retention < 0 ? "for ever" : inTime(retention)
}

const driftInWords = (drift: Drift): string =>
  drift.what === "config"
    ? `${drift.key} is ${drift.is === "" ? "not set" : drift.is}, not ${drift.should}`
    : `${drift.is} ${drift.what === "replication" ? "replicas" : "partitions"}, not ${drift.should}`

const statesOf = ({ plan, spec }: State): ReadonlyArray<readonly [TopicSpec, string]> => {
  const missing = new Set(plan.create.map(({ name }) => name))
  const hidden = new Set(plan.hidden)
  return spec.topics.map((topic) => {
    const drift = plan.drift.filter((one) => one.topic === topic.name)
    if (missing.has(topic.name)) return [topic, "missing"]
    if (hidden.has(topic.name)) return [topic, "hidden: this principal may not see it"]
    return [topic, drift.length === 0 ? "as specified" : drift.map(driftInWords).join("; ")]
  })
}

const listed = (output: Output, head: string, lines: ReadonlyArray<string>): void => {
  if (lines.length === 0) return
  output.say(`\n${head}`)
  for (const line of lines.slice(0, LISTED)) output.say(`  ${line}`)
  if (lines.length > LISTED) output.say(`  and ${lines.length - LISTED} more; --json lists all`)
}

/** What apply does not do, and what does. */
const cures = ({ plan, facts: { log } }: State, spec: LogSpec): ReadonlyArray<string> => {
  const drifts = (what: Drift["what"]): boolean => plan.drift.some((drift) => drift.what === what)
  const cure: Array<string> = []
  if (drifts("config"))
    cure.push("settings differ: assay topics apply --alter-configs sets them, one topic after the other")
  if (drifts("replication"))
    cure.push("replicas differ: move them with Kafka's own kafka-reassign-partitions, which does not stop the log")
  if (drifts("partitions") || plan.otherEpoch !== null)
    cure.push(
      `partitions are never added in place: the key of a device would lead to another partition, where its state is not. ${plan.otherEpoch === null ? `Topics that do not have ${spec.partitions} must be made anew before the log can begin` : `This log was begun with ${plan.otherEpoch.is}; for ${plan.otherEpoch.should} begin a new epoch: a new log under another ASSAY_STREAM_PREFIX, with --epoch ${(log?.epoch ?? 0) + 1}. The old log ends at its final checkpoints, the new one's transparency log begins empty`}`,
    )
  if (plan.otherNumber !== null)
    cure.push(
      `this log is epoch ${plan.otherNumber.is}, which its origins and checkpoints say for ever: leave --epoch out, or begin epoch ${plan.otherNumber.should} under another ASSAY_STREAM_PREFIX`,
    )
  if (plan.hidden.length > 0) cure.push("use a principal that may see all topics: the role admin, or a super user")
  return cure
}

export const sayState = (state: State, output: Output): void => {
  const { plan, spec, acls, facts } = state
  output.say(
    table(
      ["topic", "partitions", "replicas", "kept", "state"],
      statesOf(state).map(([topic, says]) => [
        topic.name,
        String(topic.partitions),
        String(topic.replication),
        keptOf(topic),
        says,
      ]),
      [1, 2],
    ),
  )
  output.say(
    facts.log === null
      ? `\nthe log has not begun; it will be epoch ${spec.epoch}`
      : `\nthe log began ${new Date(facts.log.genesis).toISOString()}: epoch ${facts.log.epoch}, ${facts.log.partitions} partitions`,
  )
  listed(output, "not of ours, under our prefix:", plan.unknown.topics)
  listed(
    output,
    "set on our topics by somebody, and left as it is:",
    plan.unknown.settings.map(({ topic, key, value }) => `${topic}: ${key}=${value}`),
  )
  if (acls !== null) {
    listed(output, `ACLs that are missing (${acls.create.length}):`, acls.create.map(describeAcl))
    listed(output, `ACLs that nobody specified (${acls.extra.length}):`, acls.extra.map(describeAcl))
    if (acls.create.length === 0 && acls.extra.length === 0) output.say("\nACLs are as specified")
    if (acls.extra.length > 0)
      output.say("remove those with Kafka's own kafka-acls, or give their principals a role in --principals")
  }
  for (const cure of cures(state, spec)) output.say(`\n${cure}`)
}

export const sayApplied = ({ created, altered, begun, acls }: Applied, output: Output): void => {
  for (const name of created) output.say(`created ${name}`)
  for (const { topic, key, is, should } of altered) output.say(`${topic}: ${key} was ${is || "not set"}, is ${should}`)
  if (acls.length > 0) output.say(`created ${acls.length} ACLs`)
  if (begun) output.say("the log has begun")
  if (created.length + altered.length + acls.length === 0 && !begun) output.say("nothing was changed")
  output.say()
}
