/** Commits one after the other, and who the broker says has made them. */
import type { Log } from "@assay/log"
import { record } from "@assay/log/contract"
import type { TestLog } from "@assay/testkit/kafka"
import { Cluster } from "../../src/cluster/cluster.ts"
import { kafkaClient } from "../../src/connect/client.ts"
import { fetchRequest } from "../../src/wire/requests.ts"

const ID_AT = 43
const EPOCH_AT = 51

/** The producer of each batch of a topic's first partition, markers left out. */
export const producersIn = async (
  under: TestLog,
  stream: string,
): Promise<ReadonlyArray<{ readonly id: bigint; readonly epoch: number }>> => {
  const { settings } = under
  const cluster = new Cluster(kafkaClient(settings), settings.retryMs)
  try {
    const topic = settings.prefix + stream
    const leader = await cluster.leader(topic, 0)
    const asked = fetchRequest({ topic, partition: 0, offset: 0, waitMs: 0, maxBytes: 8 << 20 })
    const { set } = await leader.connectionPool.send(asked)
    const found: Array<{ id: bigint; epoch: number }> = []
    for (let at = 0; at + EPOCH_AT < set.length; at += set.readInt32BE(at + 8) + 12)
      if ((set.readInt16BE(at + ATTRIBUTES_AT) & CONTROL) === 0)
        found.push({ id: set.readBigInt64BE(at + ID_AT), epoch: set.readInt16BE(at + EPOCH_AT) })
    return found
  } finally {
    await cluster.close()
  }
}

const ATTRIBUTES_AT = 21
const CONTROL = 1 << 5

/** Without a pause, each with one record of `out`, of the group `g` on the first partition of `in`. */
export const commitInARow = async (log: Log, commits: number): Promise<void> => {
  await log.take("g", { stream: "in", partition: 0 })
  for (let from = 0; from < commits; from++) {
    const outputs = [{ stream: "out", records: [record(`k${from}`)] }]
    await log.commit(0, { group: "g", stream: "in", from, next: from + 1, outputs })
  }
  const reached = await log.position("g", { stream: "in", partition: 0 })
  if (reached !== commits) throw new Error(`the group stands at ${reached}`)
}
