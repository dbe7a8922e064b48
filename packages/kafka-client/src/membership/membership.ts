/**
 * A process's part in a consumer group, which only shares work: it reads nothing and commits nothing, and a wrong share
 * costs time, never correctness (`take` fences).
 *
 * Positions of the same group are committed by transactions, without a generation (TxnOffsetCommit v1). Brokers accept that
 * in every state of the group: measured on Kafka 4.4 for one that does not exist, is empty, prepares or completes a
 * rebalance, and is stable (test/membership/offsets.long.test.ts). So members and positions share one group id.
 *
 * Why not the consumer of kafkajs: it cannot be made to ask the coordinator (heartbeats go out between fetches, when their
 * time has come), it leaves and joins the whole group anew when the coordinator only moved, it stops for good at errors that
 * it deems final, and it fetches offsets that nobody wants.
 */

import type { Membership } from "@assay/log"
import type { Kafka } from "kafkajs"
import type { KafkaSettings } from "../connect/settings.ts"
import { Member } from "./member.ts"

export interface Joining {
  /** The id of the consumer group, prefix included. */
  readonly group: string
  /** The topic whose partitions are shared. */
  readonly topic: string
  /** How many it has. */
  readonly partitions: number
  /** Called with the whole share: before `join` resolves, and after each change; empty when the session was lost. */
  readonly onAssigned: (partitions: ReadonlySet<number>) => void
  /**
   * Something is wrong and is being tried again: UnavailableError, or LogSetupError where somebody has to act. Called at
   * each failed attempt (at most a few times a second).
   */
  readonly onProblem: (problem: Error) => void
}

/**
 * Resolves when the group has given this process its share, which takes until every member has answered: a few milliseconds,
 * or the session timeout of one that died.
 * @throws LogSetupError where the group may not be joined as asked
 * @throws UnavailableError where no coordinator answers for `settings.retryMs`
 */
export const join = async (kafka: Kafka, settings: KafkaSettings, joining: Joining): Promise<Membership> => {
  const member = new Member(kafka, settings, joining)
  await member.start()
  return member
}
