/**
 * Who works on a log, and what each needs of it: one principal per role. What a role may write is what it could forge, so
 * it is the least that the code of the role does; `packages/engine/src/runner` is where a stage reads and writes.
 */

import { CELLS, changelogOf, STAGE_STREAMS, STREAMS } from "@assay/streams"
import { SERVICE_NAMES, STAGES, type StageName } from "@assay/trust"
import { CELLS_GROUP } from "../cells.ts"
import { TOPIC_STREAMS } from "./spec.ts"

/** Streams and groups without the prefix. */
export interface Needs {
  readonly read: ReadonlyArray<string>
  readonly write: ReadonlyArray<string>
  /** Groups that it is a member of, and whose offsets it moves. */
  readonly groups: ReadonlyArray<string>
  /** Groups whose offsets it looks at. */
  readonly sees: ReadonlyArray<string>
  /** Its group ids begin so: sinks choose their own names. */
  readonly groupPrefixes: ReadonlyArray<string>
  /** Its transactional ids begin so. */
  readonly transactions: ReadonlyArray<string>
  /** Makes topics and ACLs. */
  readonly administers: boolean
}

/** The consumer group of the sealer, as in services/integrity-hasher. */
const SEALER = "integrity-sealer"
/** Cells are swapped under a transactional id for each partition, with a position in a group of their own. */
const CELLS_TRANSACTIONS = `${CELLS_GROUP}.`

/** The two groups that read submitted, by which a backlog is known and a log is kept to one topology. */
const FIRST_GROUPS: ReadonlyArray<string> = [SERVICE_NAMES.identity, "chained"]

const DECIDED: ReadonlyArray<string> = [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined]

const NOTHING: Needs = {
  read: [],
  write: [],
  groups: [],
  sees: [],
  groupPrefixes: [],
  transactions: [],
  administers: false,
}

/**
 * Every stage: reads its input, the cells (knowledge and the log's own) and its changelog, and writes what any stage may
 * find out (audit events, malformed records, dead letters).
 */
const stageNeeds = (group: string, stages: ReadonlyArray<StageName>): Needs => {
  const first = stages[0]!
  const { output } = STAGE_STREAMS[stages.at(-1)!]
  const decides = stages.includes("anomaly")
  const changelog = changelogOf(group)
  return {
    ...NOTHING,
    read: [
      STAGE_STREAMS[first].input,
      CELLS,
      changelog,
      // A release issues a held message again.
      ...(decides ? [STREAMS.quarantined] : []),
    ],
    write: [
      ...(output === null ? DECIDED : [output]),
      changelog,
      STREAMS.audit,
      STREAMS.rejected,
      STREAMS.deadletter,
      // Who reads submitted appends its ticks; credential-checker asks there for admissions.
      ...(first === "identity" || stages.includes("credential") ? [STREAMS.submitted] : []),
    ],
    groups: [group],
    sees: first === "identity" ? FIRST_GROUPS.filter((other) => other !== group) : [],
    transactions: [`${group}.`],
  }
}

const reader = (name: string, read: ReadonlyArray<string>): Needs => ({ ...NOTHING, read, groupPrefixes: [name] })

/** The consumer group of packages/read-model. */
const READ_MODEL = "read-model"

const ALL_GROUPS: ReadonlyArray<string> = [
  ...STAGES.map((stage) => SERVICE_NAMES[stage]),
  "chained",
  SEALER,
  READ_MODEL,
]

export const ROLES: Readonly<Record<string, Needs>> = {
  ...Object.fromEntries(STAGES.map((stage) => [SERVICE_NAMES[stage], stageNeeds(SERVICE_NAMES[stage], [stage])])),
  /** All five stages in one process. */
  chained: stageNeeds("chained", STAGES),
  /** Takes messages over HTTP; nothing but append. */
  ingress: { ...NOTHING, read: [CELLS], write: [STREAMS.submitted], sees: FIRST_GROUPS },
  sealer: {
    ...NOTHING,
    read: [STREAMS.audit, CELLS],
    write: [STREAMS.checkpoints, CELLS],
    groups: [SEALER, CELLS_GROUP],
    transactions: [`${SEALER}.`, CELLS_TRANSACTIONS],
  },
  /** Keeps Redis up to date; its positions lie there. */
  "read-model": { ...NOTHING, read: [STREAMS.audit, ...DECIDED, CELLS], groups: [READ_MODEL] },
  /** The operators' tools and admin routes: publishes knowledge and commands, looks at everything, changes none. */
  operator: {
    ...NOTHING,
    read: TOPIC_STREAMS,
    write: [STREAMS.submitted, STREAMS.knowledge, CELLS],
    groups: [CELLS_GROUP],
    sees: ALL_GROUPS,
    transactions: [CELLS_TRANSACTIONS],
  },
  /** Runs `assay topics apply`. */
  admin: {
    ...NOTHING,
    read: [CELLS],
    write: [CELLS],
    groups: [CELLS_GROUP],
    transactions: [CELLS_TRANSACTIONS],
    administers: true,
  },
  /** Explains every block. */
  siem: reader("siem", [...DECIDED, STREAMS.rejected, STREAMS.deadletter, STREAMS.audit, STREAMS.checkpoints]),
  /** Ingests what is proven. */
  "data-platform": reader("data-platform", [STREAMS.verified, STREAMS.annotated]),
}

/** What a group's transactions may write to; nothing for a group that is none of ours. */
export const writesOf = (group: string): ReadonlyArray<string> =>
  group === CELLS_GROUP ? [CELLS] : (Object.values(ROLES).find(({ groups }) => groups[0] === group)?.write ?? [])
