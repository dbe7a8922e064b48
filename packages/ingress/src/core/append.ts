/** Writes submissions to the log: one append for each partition they belong to. */
import { encodeSubmitted } from "@assay/engine"
import { type Log, type NewRecord, partitionOf } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { Append } from "@assay/telemetry"
import type { Envelope, Origin } from "@assay/trust"
import { keyOf } from "./key.ts"
import type { Submission } from "./submission.ts"

const envelopeOf = ({ bytes, mediaType, binding, originator, principal }: Submission): Envelope => ({
  bytes,
  mediaType,
  binding,
  originator,
  principal,
})

interface Group {
  readonly records: Array<NewRecord>
  /** Where each of them stood among the submissions. */
  readonly places: Array<number>
  /** An append has one trace: that of its first submission that has one. */
  traceparent: string | null
}

/** @returns the origins in the order of the submissions, when all are durable. @throws what the log says: some may be in */
export const appendAll = async (
  log: Log,
  append: Append,
  submissions: ReadonlyArray<Submission>,
): Promise<ReadonlyArray<Origin>> => {
  const byPartition = new Map<number, Group>()
  submissions.forEach((submission, place) => {
    const key = Buffer.from(keyOf(submission.bytes))
    const partition = partitionOf(key, log.partitions)
    let group = byPartition.get(partition)
    if (group === undefined) {
      group = { records: [], places: [], traceparent: null }
      byPartition.set(partition, group)
    }
    group.records.push(encodeSubmitted(key, envelopeOf(submission)))
    group.places.push(place)
    group.traceparent ??= submission.traceparent
  })
  const origins = new Array<Origin>(submissions.length)
  await Promise.all(
    [...byPartition].map(async ([partition, { records, places, traceparent }]) => {
      const { offset } = await append({ stream: STREAMS.submitted, partition }, records, traceparent)
      places.forEach((place, nth) => {
        origins[place] = { epoch: log.epoch, partition, offset: offset + nth }
      })
    }),
  )
  return origins
}
