/** `assay topics plan|apply|strimzi|grow`: the topics and ACLs of a log on Kafka. Nothing is altered in silence, and no partition is added. */

import { connectionProblem } from "@assay/kafka-client"
import type { LogUse } from "@assay/log-kafka"
import { aclsFor, isDone, logSpec } from "@assay/log-kafka/topics"
import { KAFKA, processEnvironment, textOf } from "@assay/settings"
import { ROLES, streamSpecs } from "@assay/streams"
import { stringify } from "yaml"
import { choose } from "../choice.ts"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { complain, type Output } from "../output.ts"
import {
  principalsOf,
  refuseGrowOptions,
  refuseStrimziOptions,
  retentionOf,
  settingsFor,
  TOPICS_OPTIONS,
} from "../topics/options.ts"
import { type Applied, PARTITIONS, type State, TopicsState, type Wanted } from "../topics/state.ts"
import { strimziResources } from "../topics/strimzi.ts"
import { strimziCluster } from "../topics/strimzi-cluster.ts"
import { sayApplied, sayState } from "../topics/view.ts"

/** As many as Kafka bears well in one topic. */
const MAX_PARTITIONS = 1_024
const MAX_REPLICATION = 32
const MAX_BROKERS = 1_000
/** Nobody begins more logs than that; a time or a date is a mistake. */
const MAX_EPOCH = 1_000_000

const wantedOf = (given: Arguments): Wanted => ({
  epoch: given.text("epoch") === null ? null : given.whole("epoch", 1, MAX_EPOCH),
  partitions: given.text("partitions") === null ? null : given.whole("partitions", 1, MAX_PARTITIONS),
  replication: given.text("replication") === null ? null : given.whole("replication", 1, MAX_REPLICATION),
  retention: retentionOf(given.text("retention")),
  principals: principalsOf(given.text("principals")),
})

const isSettled = ({ plan, acls }: State): boolean =>
  isDone(plan) && (acls === null || (acls.create.length === 0 && acls.extra.length === 0))

/** Another log than the one that was asked for: nothing is done about it. */
const isOther = ({ plan }: State): boolean => plan.otherEpoch !== null || plan.otherNumber !== null

const isIncomplete = (state: State): boolean => !isOther(state) && (state.plan.create.length > 0 || state.plan.begin)

const jsonOf = ({ plan, spec, acls, facts, warnings }: State) => ({
  ok: isSettled({ plan, spec, acls, facts, warnings }),
  prefix: spec.prefix,
  brokers: facts.brokers,
  epoch: spec.epoch,
  partitions: spec.partitions,
  replication: spec.replication,
  log: facts.log,
  warnings,
  plan,
  acls,
})

const report = (state: State, applied: Applied | null, output: Output): ExitCode => {
  const ok = isSettled(state)
  for (const warning of state.warnings) complain(`warning: ${warning}`)
  output.result(applied === null ? jsonOf(state) : { ...jsonOf(state), applied }, () => {
    if (applied !== null) sayApplied(applied, output)
    sayState(state, output)
    if (ok) output.say("\nnothing is to do")
    else if (applied === null && isIncomplete(state)) output.say("\nassay topics apply makes what is missing")
  })
  return ok ? EXIT.ok : EXIT.failed
}

/** Asks no broker: what a cluster has so far is for Strimzi's operator to compare. */
const writeStrimzi = (given: Arguments, wanted: Wanted, output: Output): ExitCode => {
  for (const name of ["acls", "alter-configs"])
    if (given.flag(name)) throw new UsageError(`--${name} is for assay topics apply`)
  const use: LogUse = { streams: streamSpecs(wanted.retention), roles: ROLES }
  const prefix = given.text("prefix") ?? textOf(KAFKA.prefix, processEnvironment()) ?? ""
  const spec = logSpec({
    prefix,
    epoch: wanted.epoch ?? 1,
    partitions: wanted.partitions ?? PARTITIONS,
    replication: wanted.replication ?? 3,
    streams: use.streams,
  })
  const acls = aclsFor(use, wanted.principals, prefix)
  const cluster = given.text("cluster") ?? "assay"
  const around = given.flag("kafka")
    ? strimziCluster(spec, {
        cluster,
        brokers: given.text("brokers") === null ? spec.replication : given.whole("brokers", 1, MAX_BROKERS),
        storage: given.text("storage") ?? "100Gi",
        storageClass: given.text("storage-class"),
      })
    : []
  const resources = [...around, ...strimziResources(spec, acls, cluster)]
  output.result(resources, () => {
    // A user may be called `on` or `no`, which YAML 1.1 takes for something else: Kubernetes reads by its rules.
    for (const resource of resources)
      output.say(`---\n${stringify(resource, { lineWidth: 0, compat: "yaml-1.1" }).trimEnd()}`)
  })
  return EXIT.ok
}

export const topics: Command = {
  name: "topics",
  summary: "plan or create the topics and ACLs of a log on Kafka",
  usage: "topics plan|apply|strimzi|grow [--partitions N] [--replication N] [--principals LIST|FILE]",
  details: `plan changes nothing. apply creates what is missing and begins the log; it may be repeated, also by several at once.
What differs is shown and left as it is, unless --alter-configs says otherwise; partitions are never added in place.
A log that takes the place of another one needs a prefix of its own and the next --epoch, or their origins would be alike.
Give the same options every time: what differs from the defaults is kept nowhere but in the call.
strimzi writes the same topics, and a user with its ACLs for each of --principals, as resources of Strimzi 0.49 and later
(KafkaTopic, KafkaUser); with --kafka the cluster too (Kafka, KafkaNodePool), with the brokers' settings that Assay asks for. It asks
no broker. assay topics apply still begins the log.
grow makes the next epoch of a log, with more partitions: devices move with their states. Without --item it writes what the
roots sign (assay epoch sign); with it, it ends the log and fills the next one under --to-prefix. It may be repeated, and goes on where it
stopped. With LOG=embedded it does the same with --data and --to-data; with --from-data DIR a log that assay restore made of a backup
goes on on Kafka, also with as many partitions as it has. The guide (operations.md) has the steps.
Exit code 0: the cluster is as specified; 1: something is missing or differs.
The cluster comes from the environment: KAFKA_BROKERS, KAFKA_TLS, KAFKA_TLS_CA, KAFKA_TLS_CERT, KAFKA_TLS_KEY,
KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE, ASSAY_STREAM_PREFIX.
Roles for --principals: the five services, chained, ingress, sealer, read-model, operator, admin, siem,
data-platform; a principal may have several.`,
  takes: 1,
  options: TOPICS_OPTIONS,
  run: async (given, output) => {
    const word = choose("assay topics", given.positionals[0], ["plan", "apply", "strimzi", "grow"])
    refuseStrimziOptions(given, word === "strimzi")
    if (word === "grow") {
      // It alone needs the engine and all services: the other words and the help do not wait for them.
      const { growLog } = await import("../epoch/command.ts")
      return growLog(given, wantedOf(given), output)
    }
    refuseGrowOptions(given)
    if (word === "plan")
      for (const name of ["acls", "alter-configs"])
        if (given.flag(name)) throw new UsageError(`--${name} changes the cluster: assay topics apply --${name}`)
    const wanted = wantedOf(given)
    if (given.flag("acls") && wanted.principals.length === 0)
      throw new UsageError("--acls needs --principals: who has which role")
    if (word === "strimzi") return writeStrimzi(given, wanted, output)
    const settings = settingsFor(given, processEnvironment())
    const log = await TopicsState.open(settings, wanted)
    try {
      const before = await log.read()
      if (word === "plan") return report(before, null, output)
      if (isOther(before)) return report(before, { created: [], altered: [], begun: false, acls: [] }, output)
      const { applied, after } = await log.apply(before, {
        configs: given.flag("alter-configs"),
        acls: given.flag("acls"),
      })
      return report(after, applied, output)
    } catch (cause) {
      throw connectionProblem(cause, settings) ?? cause
    } finally {
      await log.close()
    }
  },
}
