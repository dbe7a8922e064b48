/** What is to do so that a cluster holds the log as specified. Pure: facts and a specification go in, a plan comes out. */
import type { LogMeta } from "../log/meta.ts"
import type { LogSpec, TopicSpec } from "./spec.ts"

/** A topic as it is. */
export interface TopicFacts {
  readonly name: string
  readonly partitions: number
  /** The smallest number of replicas of any partition. */
  readonly replication: number
  /** What is in force, by name, wherever it comes from. */
  readonly configs: Readonly<Record<string, string>>
  /** What is set on the topic itself. */
  readonly overrides: Readonly<Record<string, string>>
}

export interface ClusterFacts {
  readonly brokers: number
  /** Those of the specification that are there, by name. */
  readonly topics: ReadonlyMap<string, TopicFacts>
  /** Those of the specification that this principal may not see: whether they exist is unknown. */
  readonly hidden: ReadonlyArray<string>
  /** Other topics whose name begins with our prefix; none where the prefix is empty, since everything does. */
  readonly others: ReadonlyArray<string>
  /** What the cell "log" says, which makes topics a log; null where it is not written yet. */
  readonly log: LogMeta | null
}

export type Drift =
  | {
      readonly what: "config"
      readonly topic: string
      readonly key: string
      readonly is: string
      readonly should: string
    }
  | {
      readonly what: "replication" | "partitions"
      readonly topic: string
      readonly is: number
      readonly should: number
    }

export interface TopicPlan {
  readonly create: ReadonlyArray<TopicSpec>
  /** Whether the cell "log" has still to be written. */
  readonly begin: boolean
  readonly drift: ReadonlyArray<Drift>
  /** A partition count that the log was not begun with; null where it agrees or there is no log yet. */
  readonly otherEpoch: { readonly is: number; readonly should: number } | null
  /** An epoch that is not the log's own, which it keeps for ever; null where it agrees or there is no log yet. */
  readonly otherNumber: { readonly is: number; readonly should: number } | null
  readonly hidden: ReadonlyArray<string>
  /** What we do not know: topics under our prefix, and settings on our topics that the specification does not name. */
  readonly unknown: {
    readonly topics: ReadonlyArray<string>
    readonly settings: ReadonlyArray<{ readonly topic: string; readonly key: string; readonly value: string }>
  }
}

const driftOf = (is: TopicFacts, should: TopicSpec): Array<Drift> => {
  const topic = should.name
  const drift: Array<Drift> = []
  if (is.partitions !== should.partitions)
    drift.push({ what: "partitions", topic, is: is.partitions, should: should.partitions })
  if (is.replication !== should.replication)
    drift.push({ what: "replication", topic, is: is.replication, should: should.replication })
  for (const [key, value] of Object.entries(should.configs)) {
    const found = is.configs[key] ?? ""
    if (!sameSetting(found, value)) drift.push({ what: "config", topic, key, is: found, should: value })
  }
  return drift
}

/** Brokers write numbers and lists in their own way: 0.3 and 0.30, `a,b` and `b,a`. */
const sameSetting = (a: string, b: string): boolean => {
  if (a === b) return true
  if (a === "" || b === "") return false
  if (Number(a) === Number(b)) return true
  const sorted = (list: string): string =>
    list
      .split(",")
      .map((word) => word.trim())
      .sort()
      .join(",")
  return sorted(a) === sorted(b)
}

export const planTopics = (facts: ClusterFacts, spec: LogSpec): TopicPlan => {
  const present = spec.topics.flatMap((should) => {
    const is = facts.topics.get(should.name)
    return is === undefined ? [] : [{ is, should }]
  })
  const hidden = new Set(facts.hidden)
  return {
    create: spec.topics.filter(({ name }) => !facts.topics.has(name) && !hidden.has(name)),
    begin: facts.log === null,
    drift: present.flatMap(({ is, should }) => driftOf(is, should)),
    otherEpoch:
      facts.log !== null && facts.log.partitions !== spec.partitions
        ? { is: facts.log.partitions, should: spec.partitions }
        : null,
    otherNumber:
      facts.log !== null && facts.log.epoch !== spec.epoch ? { is: facts.log.epoch, should: spec.epoch } : null,
    hidden: facts.hidden,
    unknown: {
      topics: facts.others,
      settings: present.flatMap(({ is, should }) =>
        Object.entries(is.overrides)
          .filter(([key]) => should.configs[key] === undefined)
          .map(([key, value]) => ({ topic: is.name, key, value })),
      ),
    },
  }
}

/** Whether the cluster is as specified. What we do not know about does not count: it may well be somebody's intention. */
export const isDone = (plan: TopicPlan): boolean =>
  plan.create.length === 0 &&
  !plan.begin &&
  plan.drift.length === 0 &&
  plan.otherEpoch === null &&
  plan.otherNumber === null &&
  plan.hidden.length === 0
