/** The topics of a log on Kafka, against what `assay topics plan` says they should be. */
import { causesOf } from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import type { Drift } from "@assay/log-kafka/topics"
import { type State, TopicsState } from "../topics/state.ts"
import { type Finding, fail, ok, warn } from "./finding.ts"

const CHECK = "topics"
const CURE = "assay topics plan shows all of them; docs/guides/operations.md#topics-and-settings"
/** More are counted. */
const NAMED = 3
/** With fewer, a disk or a broker that is lost takes records with it. */
const SAFE_REPLICAS = 3

/** What `--retention` of `assay topics apply` sets: kept nowhere but in that call, so it may be as somebody wants it. */
const IS_RETENTION = /^(retention|segment)\.ms$/

const words = (drift: Drift): string =>
  drift.what === "config"
    ? `${drift.topic}: ${drift.key} is ${drift.is === "" ? "not set" : drift.is}, not ${drift.should}`
    : `${drift.topic}: ${drift.is} ${drift.what}, not ${drift.should}`

const listed = (all: ReadonlyArray<string>): string =>
  `${all.slice(0, NAMED).join("; ")}${all.length > NAMED ? `; and ${all.length - NAMED} more` : ""}`

/** @param state as `assay topics plan` has it, for as many replicas as the topics have */
export const findingsOf = ({ plan, spec, facts }: State): ReadonlyArray<Finding> => {
  const evidence = new Set(spec.topics.filter(({ kind }) => kind === "evidence").map(({ name }) => name))
  const isChoice = (drift: Drift): boolean =>
    drift.what === "config" && IS_RETENTION.test(drift.key) && !evidence.has(drift.topic)
  const wrong = [
    ...plan.create.map(({ name }) => `${name} is missing`),
    ...plan.drift.filter((drift) => !isChoice(drift)).map(words),
  ]
  const chosen = plan.drift.filter(isChoice).map(words)
  const few = spec.replication < Math.min(SAFE_REPLICAS, facts.brokers)
  const findings = [
    ...(wrong.length === 0
      ? []
      : [fail(CHECK, listed(wrong), `${CURE}; assay topics apply --alter-configs sets them`)]),
    ...(chosen.length === 0
      ? []
      : [
          warn(
            CHECK,
            `kept otherwise than by default: ${listed(chosen)}`,
            "see that this is what you gave to --retention",
          ),
        ]),
    ...(plan.hidden.length === 0
      ? []
      : [warn(CHECK, `this principal may not see ${listed(plan.hidden)}`, "grant it the role operator")]),
    ...(few
      ? [
          warn(
            "replicas",
            `${spec.replication} of each partition, on ${facts.brokers} brokers: what is lost with a disk is lost`,
            "move partitions with kafka-reassign-partitions, which does not stop the log",
          ),
        ]
      : []),
  ]
  return findings.length === 0 ? [ok(CHECK, `all ${spec.topics.length} are as assay topics plan wants them`)] : findings
}

/** The smallest number of replicas that any topic has: what is set for three would be wrong for one. */
const replicasOf = ({ facts, spec }: State): number =>
  Math.min(...[...facts.topics.values()].map(({ replication }) => replication), spec.replication)

const NOTHING_WANTED = { partitions: null, retention: {}, principals: [] }

const readWith = async (kafka: KafkaSettings, replication: number | null): Promise<State> => {
  const topics = await TopicsState.open(kafka, { ...NOTHING_WANTED, replication })
  try {
    return await topics.read()
  } finally {
    await topics.close()
  }
}

/** What is said where the brokers do not let this principal look; null where it is anything else. */
export const refusedFinding = (cause: unknown): Finding | null =>
  causesOf(cause).some(({ type }) => type?.endsWith("_AUTHORIZATION_FAILED"))
    ? warn(
        CHECK,
        "this principal may not see how the topics are set",
        "grant it the role operator, or run assay topics plan with one that has the role admin",
      )
    : null

/** Settings of topics: how long they are kept and compacted, and on how many disks a write must be. */
export const topicFindings = async (kafka: KafkaSettings): Promise<ReadonlyArray<Finding>> => {
  try {
    const state = await readWith(kafka, null)
    const replicas = replicasOf(state)
    return findingsOf(replicas === state.spec.replication ? state : await readWith(kafka, replicas))
  } catch (cause) {
    const refused = refusedFinding(cause)
    if (refused === null) throw cause
    return [refused]
  }
}
