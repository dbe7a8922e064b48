/** Sends finished batches to the leaders of their partitions, in as few requests as there are brokers. */
import type { Cluster } from "../cluster/cluster.ts"
import { isDuplicate } from "../cluster/outcome.ts"
import type { Broker } from "../kafkajs/broker.ts"
import { createErrorFromCode } from "../kafkajs/private.ts"
import { type Produced, type ProducePart, produceRequest } from "../wire/requests.ts"

/** How long the leader may wait for its followers (acks=-1). */
const ACK_MS = 10_000

/**
 * Rejects with the error of the first part that failed: some of the others may have been appended.
 * @param transactionalId null outside a transaction
 */
export const produce = async (
  cluster: Cluster,
  transactionalId: string | null,
  parts: ReadonlyArray<ProducePart>,
  request: typeof produceRequest = produceRequest,
): Promise<ReadonlyArray<Produced>> => {
  const byLeader = new Map<Broker, Array<ProducePart>>()
  for (const part of parts) {
    const leader = await cluster.leader(part.topic, part.partition)
    const present = byLeader.get(leader)
    if (present === undefined) byLeader.set(leader, [part])
    else present.push(part)
  }
  const answers = await Promise.all(
    [...byLeader].map(([leader, own]) => leader.connectionPool.send(request(transactionalId, own, ACK_MS))),
  )
  const produced = answers.flatMap((answer) => answer.produced)
  for (const { errorCode } of produced) {
    if (errorCode === 0) continue
    const error = createErrorFromCode(errorCode)
    // An earlier attempt whose answer was lost did arrive; where it stands the broker does not say any more.
    if (!isDuplicate(error)) throw error
  }
  return produced
}
