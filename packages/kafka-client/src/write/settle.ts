/**
 * Ends what a transactional id may have left open on its partitions.
 *
 * Kafka 4.4 takes a partition that has no leader at the moment for a deleted one: its coordinator completes a transaction
 * without that partition's marker ("Couldn't find leader endpoint ..., likely deleted already and hence can be skipped").
 * That happens where a broker with the only replica goes or comes back. The records then lie there open, and readers of
 * committed records stand still behind them. The id's next commit would end them with its own marker, and so commit what was
 * meanwhile done once more. So whoever takes the id first ends everything as it was decided, by an empty transaction over
 * all partitions that the id writes to: its markers end whatever lies open of the same producer id, and nothing else.
 */
import { setTimeout as delay } from "node:timers/promises"
import { UnavailableError } from "@assay/log"
import type { Cluster } from "../cluster/cluster.ts"
import { isFenced, isUnknownTopic } from "../cluster/outcome.ts"
import type { TransactionOf } from "../kafkajs/broker.ts"
import { describeTransactionRequest } from "../wire/describe.ts"

/** How the last transaction of an id was decided; `none`: it never had one. */
export type Left = "commit" | "abort" | "none"

const POLL_MS = 2
/** A broker that leads one of the partitions is away for longer: whoever takes the id says so, and tries again. */
const MARKERS_MS = 10_000
const LONGEST_WAIT_MS = 50

const stateOf = async (cluster: Cluster, transactionalId: string): Promise<string | null> => {
  const broker = await cluster.coordinator("transaction", transactionalId)
  return (await broker.connectionPool.send(describeTransactionRequest(transactionalId))).state
}

/**
 * To be asked before InitProducerId, which makes the coordinator forget.
 * @param known what an earlier attempt found: after its InitProducerId the coordinator has nothing to say
 */
export const leftBy = async (cluster: Cluster, transactionalId: string, known: Left | null): Promise<Left> => {
  const state = await stateOf(cluster, transactionalId)
  if (state === "CompleteCommit" || state === "PrepareCommit") return "commit"
  if (known !== null) return known
  // Where another took the id and died before it settled anything, no marker tells; nothing of it has been seen by anybody.
  return state === null ? "none" : "abort"
}

const existing = async (cluster: Cluster, topics: ReadonlyArray<string>, partition: number): Promise<Array<string>> => {
  const found = await Promise.all(
    topics.map(async (topic) => {
      try {
        await cluster.leader(topic, partition)
        return [topic]
      } catch (cause) {
        if (isUnknownTopic(cause)) return []
        throw cause
      }
    }),
  )
  return found.flat()
}

interface Where {
  readonly group: string
  /** All that the id writes to; those that do not exist are left out. */
  readonly topics: ReadonlyArray<string>
  readonly partition: number
}

const end = async (cluster: Cluster, of: TransactionOf, left: "commit" | "abort", where: Where): Promise<void> => {
  const { group, topics, partition } = where
  const coordinator = await cluster.coordinator("transaction", of.transactionalId)
  const present = await existing(cluster, topics, partition)
  if (present.length > 0)
    await coordinator.addPartitionsToTxn({
      ...of,
      topics: present.map((topic) => ({ topic, partitions: [partition] })),
    })
  await coordinator.addOffsetsToTxn({ ...of, groupId: group })
  await coordinator.endTxn({ ...of, transactionResult: left === "commit" })
  const areWritten = async (): Promise<boolean> => !(await stateOf(cluster, of.transactionalId))?.startsWith("Prepare")
  const deadline = performance.now() + MARKERS_MS
  for (let wait = POLL_MS; !(await areWritten()); wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
    if (performance.now() > deadline)
      throw new UnavailableError(
        `the brokers have not ended the last transaction of ${of.transactionalId} for ${MARKERS_MS / 1000} s`,
      )
    await delay(wait)
  }
}

/** Resolves when the markers are written, or when another has taken the id since: then that one ends what was left. */
export const settle = async (
  cluster: Cluster,
  of: TransactionOf,
  left: "commit" | "abort",
  where: Where,
): Promise<void> => {
  try {
    await end(cluster, of, left, where)
  } catch (cause) {
    if (!isFenced(cause)) throw cause // our commits will be refused, which tells
  }
}
