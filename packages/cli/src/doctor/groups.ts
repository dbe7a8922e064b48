/** Who works on a log on Kafka: each group's members, how far it is behind, and what an open transaction holds back. */
import { setTimeout as sleep } from "node:timers/promises"
import { lagFrom } from "@assay/consumer"
import type { Log, StreamPartition } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { CHAINED, type JudgingGroup, STAGED } from "../judging-groups.ts"
import { type Finding, fail, ok, warn } from "./finding.ts"

/** No group is to be further behind (docs/guides/observability.md, objectives). */
export const BEHIND_MS = 30_000
/** Transactions come and go: one counts that holds the same records back at a second look. */
const LOOK_AGAIN_MS = 1_500
/** Ticks come every second: a partition without an entry for so long has no ticks, or a broker whose clock is behind. */
const SILENT_MS = 15_000

/** Members of each group by its name without the prefix; null where nobody may say. */
export type Members = (groups: ReadonlyArray<string>) => Promise<ReadonlyMap<string, number>>

const partitionsOf = (log: Log, stream: string): ReadonlyArray<StreamPartition> =>
  Array.from({ length: log.partitions }, (_, partition) => ({ stream, partition }))

const hasBegun = async (log: Log, { name, input }: JudgingGroup): Promise<boolean> => {
  const positions = await Promise.all(partitionsOf(log, input).map((at) => log.position(name, at)))
  return positions.some((position) => position > 0)
}

/** The groups that must run: by what has run before, or on a new log by who is there. Empty where nobody ever was. */
export const expectedGroups = async (
  log: Log,
  members: ReadonlyMap<string, number>,
): Promise<ReadonlyArray<JudgingGroup>> => {
  if (await hasBegun(log, CHAINED)) return [CHAINED]
  if (await hasBegun(log, STAGED[0]!)) return STAGED
  if ((members.get(CHAINED.name) ?? 0) > 0) return [CHAINED]
  return STAGED.some(({ name }) => (members.get(name) ?? 0) > 0) ? STAGED : []
}

export interface Behind {
  /** At most; offsets have gaps. */
  readonly entries: number
  readonly ms: number
  /** With the oldest entry; null where nothing waits. */
  readonly partition: number | null
}

/** How far a group is behind on the partitions that it reads. */
export const behindOf = async (log: Log, { name, input }: JudgingGroup, now: number): Promise<Behind> => {
  let entries = 0
  let ms = 0
  let partition: number | null = null
  for (const at of partitionsOf(log, input)) {
    const [{ start, end }, position] = await Promise.all([log.bounds(at), log.position(name, at)])
    const from = Math.max(start, position)
    if (end <= from) continue
    // Markers of transactions may lie there alone, and a record that was stamped this millisecond waits as well.
    const lag = await lagFrom(log, at, from, now)
    if (lag.records > 0 && (partition === null || lag.ms > ms)) partition = at.partition
    entries += lag.records
    ms = Math.max(ms, lag.ms)
  }
  return { entries, ms, partition }
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`

const groupFinding = (
  { name, start }: JudgingGroup,
  members: number,
  { entries, ms }: Pick<Behind, "entries" | "ms">,
): Finding => {
  const behind = entries === 0 ? "nothing waits" : `up to ${entries} entries wait, the oldest for ${seconds(ms)}`
  const check = name
  if (members === 0)
    return fail(check, `no process runs it; ${behind}`, `start it (${start}), and see in its own log why it ended`)
  const found = `${members} ${members === 1 ? "process" : "processes"}; ${behind}`
  return ms > BEHIND_MS
    ? fail(
        check,
        found,
        "see /readyz and the log lines of its processes; docs/guides/operations.md#alert-assaylag says what it may be",
      )
    : ok(check, found)
}

/** Streams on which an open transaction holds the same records back at two looks. */
const heldBackFindings = async (log: Log, inputs: ReadonlyArray<string>): Promise<ReadonlyArray<Finding>> => {
  const look = async (at: StreamPartition) => ({
    at,
    held: (await log.heldBack?.(at)) ?? 0,
    end: (await log.bounds(at)).end,
  })
  const first = (await Promise.all(inputs.flatMap((stream) => partitionsOf(log, stream)).map(look))).filter(
    ({ held }) => held > 0,
  )
  if (first.length === 0) return [ok("transactions", "none holds anything back")]
  await sleep(LOOK_AGAIN_MS)
  const second = await Promise.all(first.map(({ at }) => look(at)))
  const still = second.filter(({ held, end }, index) => held > 0 && end === first[index]!.end)
  if (still.length === 0) return [ok("transactions", "none holds anything back")]
  return still.map(({ at, held }) =>
    fail(
      "transactions",
      `up to ${held} records of ${at.stream}/${at.partition} cannot be read: a producer keeps a transaction open before them`,
      "find the producer (kafka-transactions --find-hanging), and let nobody but its stage write there; docs/guides/operations.md#a-wedged-transaction",
    ),
  )
}

/** Every stream partition is stamped by its own broker. */
const silentFinding = async (
  log: Log,
  ticks: boolean,
  newest: ReadonlyArray<number>,
  now: number,
): Promise<ReadonlyArray<Finding>> => {
  const silent = newest.flatMap((time, partition) => (now - time > SILENT_MS ? [partition] : []))
  if (!ticks || silent.length === 0) return []
  const oldest = Math.max(...silent.map((partition) => now - newest[partition]!))
  return [
    warn(
      "broker time",
      `partition ${silent.join(", ")} of ${log.partitions}: the newest entry is ${seconds(oldest)} old, and a tick is due every second`,
      "compare the brokers' clocks with this machine's (NTP); if they agree, see why nothing is appended (/readyz of the first stage)",
    ),
  ]
}

export interface GroupsInput {
  readonly log: Log
  readonly members: Members
  /** Of `submitted`, by partition: the stamp of the newest entry. */
  readonly newest: ReadonlyArray<number>
  readonly now: number
}

export const groupFindings = async ({ log, members, newest, now }: GroupsInput): Promise<ReadonlyArray<Finding>> => {
  const present = await members([CHAINED, ...STAGED].map(({ name }) => name))
  const groups = await expectedGroups(log, present)
  const [first] = groups
  if (first === undefined)
    return [
      fail(
        "groups",
        "nobody works on this log, and nobody ever did",
        "start the services: assay run --service NAME, each of the five",
      ),
    ]
  const each = await Promise.all(
    groups.map(async (group) => groupFinding(group, present.get(group.name) ?? 0, await behindOf(log, group, now))),
  )
  const isThere = (present.get(first.name) ?? 0) > 0
  return [
    ...each,
    ...(await heldBackFindings(log, [...groups.map(({ input }) => input), STREAMS.audit])),
    ...(await silentFinding(log, isThere, newest, now)),
  ]
}
