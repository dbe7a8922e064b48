/** Origins as people write and read them. Apart from opening the log, which takes a command most of its start. */
import type { Log } from "@assay/log"
import type { Origin } from "@assay/trust"
import { UsageError } from "./command.ts"

export { formatOrigin } from "@assay/trust"

/** @param text `epoch/partition/offset`, or `partition/offset` of the present epoch. @throws UsageError */
export const parseOrigin = (text: string | undefined, log: Log): Origin => {
  const parts = (text ?? "").split("/").map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN))
  const [epoch, partition, offset] = parts.length === 2 ? [log.epoch, ...parts] : parts
  const origin = { epoch: epoch ?? Number.NaN, partition: partition ?? Number.NaN, offset: offset ?? Number.NaN }
  if (parts.length > 3 || !Object.values(origin).every(Number.isSafeInteger)) {
    throw new UsageError(
      `a message is named by its origin, epoch/partition/offset (for example 0/0/42), not ${JSON.stringify(text ?? "")}`,
    )
  }
  if (origin.epoch !== log.epoch || origin.partition >= log.partitions) {
    throw new UsageError(`this log is of epoch ${log.epoch} and has ${log.partitions} partitions: it holds no ${text}`)
  }
  return origin
}
