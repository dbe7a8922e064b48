/** How `assay topics` is called: what shape the log shall have, and who works on it. */

import { existsSync } from "node:fs"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import type { Assignment } from "@assay/log-kafka/topics"
import { readLogConfiguration } from "@assay/node/log"
import { didYouMean, type Environment, KAFKA, LOG } from "@assay/settings"
import { RETENTION, type Retention, ROLES } from "@assay/streams"
import { choose } from "../choice.ts"
import { type Arguments, type Option, UsageError } from "../command.ts"
import { DATA_OPTION } from "../data-option.ts"
import { readInput } from "../files.ts"
import { ROOTS_OPTION } from "../roots.ts"

export const TOPICS_OPTIONS: Readonly<Record<string, Option>> = {
  partitions: { type: "string", value: "N", help: "partitions of a new log, for every topic (default 4)" },
  epoch: { type: "string", value: "N", help: "which log of yours a new one is, in every origin (default 1)" },
  replication: { type: "string", value: "N", help: "replicas of each partition (default 3, or 1 below 3 brokers)" },
  prefix: { type: "string", value: "TEXT", help: "before every name (default ASSAY_STREAM_PREFIX)" },
  retention: {
    type: "string",
    value: "WHAT=TIME,...",
    help: "for example submitted=7d,stages=3d,outputs=30d,rejected=7d (the defaults); m, h, d or forever",
  },
  principals: { type: "string", value: "LIST|FILE", help: "who has which role: identity-resolver=User:ir,..." },
  acls: { type: "boolean", help: "apply: create the ACLs of --principals" },
  cluster: { type: "string", value: "NAME", help: "strimzi: the Kafka resource that has the topics (default assay)" },
  kafka: { type: "boolean", help: "strimzi: the cluster itself too: Kafka, and its KafkaNodePools" },
  brokers: { type: "string", value: "N", help: "with --kafka: brokers (default as many as replicas)" },
  storage: { type: "string", value: "SIZE", help: "with --kafka: the disk of a broker (default 100Gi)" },
  "storage-class": { type: "string", value: "NAME", help: "with --kafka: of its volumes (default the cluster's own)" },
  item: { type: "string", value: "FILE", help: "grow: the signed item, by which the next epoch begins" },
  out: { type: "string", value: "FILE", help: "grow: where to write what the roots sign (default standard output)" },
  "to-prefix": { type: "string", value: "TEXT", help: "grow: the prefix of the next epoch" },
  "to-data": { type: "string", value: "DIR", help: "grow: the data directory of the next epoch, of an embedded log" },
  "from-data": {
    type: "string",
    value: "DIR",
    help: "grow: a log that was restored into a directory, to go on on Kafka",
  },
  ...DATA_OPTION,
  ...ROOTS_OPTION,
  "alter-configs": { type: "boolean", help: "apply: set settings that differ, one topic after the other" },
}

const OF_CLUSTER = ["brokers", "storage", "storage-class"]

/** What only `assay topics strimzi` takes, and with `--kafka` alone. @throws UsageError */
export const refuseStrimziOptions = (given: Arguments, isStrimzi: boolean): void => {
  for (const name of ["cluster", "kafka", ...OF_CLUSTER])
    if (!isStrimzi && given.isGiven(name)) throw new UsageError(`--${name} is for assay topics strimzi`)
  for (const name of OF_CLUSTER)
    if (!given.flag("kafka") && given.isGiven(name)) throw new UsageError(`--${name} goes with --kafka`)
}

const OF_GROW = ["item", "out", "to-prefix", "to-data", "from-data", "data", "roots"]

/** For the other words of `assay topics`. @throws UsageError */
export const refuseGrowOptions = (given: Arguments): void => {
  for (const name of OF_GROW) if (given.isGiven(name)) throw new UsageError(`--${name} is for assay topics grow`)
}

/**
 * The cluster to work on. These commands mean Kafka, whatever LOG says.
 * @throws ConfigurationError, LogSetupError: either names the key
 */
export const settingsFor = (given: Arguments, environment: Environment): KafkaSettings => {
  const prefix = given.text("prefix")
  const { kafka } = readLogConfiguration({
    ...environment,
    [LOG.engine.key]: "kafka",
    ...(prefix === null ? {} : { [KAFKA.prefix.key]: prefix }),
  })
  return kafka!
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const MAX_DAYS = 36_500

/** @throws UsageError */
const durationOf = (text: string, what: string): number => {
  if (text === "forever") return -1
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  const milliseconds = Number(count) * (UNITS[unit ?? ""] ?? Number.NaN)
  if (!(milliseconds > 0 && milliseconds <= MAX_DAYS * UNITS["d"]!))
    throw new UsageError(`--retention ${what} takes a time like 12h or 7d, or forever, not ${JSON.stringify(text)}`)
  return milliseconds
}

/** @throws UsageError that names what is wrong */
export const retentionOf = (text: string | null): Partial<Retention> => {
  const retention: Record<string, number> = {}
  for (const part of (text ?? "").split(",").filter((one) => one.trim() !== "")) {
    const [what = "", time = ""] = part.split("=").map((word) => word.trim())
    retention[choose("--retention", what, Object.keys(RETENTION))] = durationOf(time, what)
  }
  return retention
}

const ROLE_NAMES = Object.keys(ROLES)
/** Names of certificates have commas too: one that a role follows separates. */
const SEPARATOR = new RegExp(`,(?=\\s*(?:${ROLE_NAMES.join("|")})=)|\n`)

/**
 * `role=Type:name`, separated by commas, or a file with one on each line (`#` begins a comment).
 * @throws UsageError that names what is wrong
 */
export const principalsOf = (text: string | null): ReadonlyArray<Assignment> => {
  if (text === null) return []
  const listed = existsSync(text)
    ? readInput(text, "the list of principals")
        .toString("utf8")
        .split("\n")
        .map((line) => line.replace(/#.*/, ""))
        .join("\n")
    : text
  const assignments = listed
    .split(SEPARATOR)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line): Assignment => {
      const equals = line.indexOf("=")
      const role = line.slice(0, Math.max(0, equals)).trim()
      const principal = line.slice(equals + 1).trim()
      if (!Object.hasOwn(ROLES, role))
        throw new UsageError(
          `--principals: ${JSON.stringify(line)} is no role=Type:name (nor a file); the roles are ${ROLE_NAMES.join(", ")}${didYouMean(role, ROLE_NAMES)}`,
        )
      if (!/^[A-Za-z]+:\S/.test(principal))
        throw new UsageError(`--principals: ${JSON.stringify(principal)} is no principal like User:${role}`)
      return { role, principal }
    })
  if (assignments.length === 0) throw new UsageError(`--principals ${text} names nobody`)
  return assignments
}
