/**
 * Copies the bodies of knowledge in force into a partition of the next epoch: versions only rise, so nobody could activate them there
 * again, and who reads `knowledge.items` (resolvers, the passport issuer, enrolment, sinks) would know none.
 */
import { KINDS, type KnowledgeKind, kindOf, STATUS_LIST } from "@assay/knowledge"
import { type Log, partitionOf, recordsIn } from "@assay/log"
import { decodeKnowledge, type KnowledgeItem, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { signerOf } from "@assay/trust"
import { EPOCH_GROUP } from "./carry.ts"
import { parentOf } from "./move.ts"

/** A body has up to 4 MiB. */
const RECORDS = 16
const BYTES = 8 << 20

/** What an item is the next version of; its own hash where its bytes alone do not say that. Bundles lead on one from another. */
const lineOf = (kind: KnowledgeKind, { hash, body }: KnowledgeItem, subject: string): string => {
  if (subject !== "") return `${kind.name} ${subject}`
  // The one kind of which there may be a version every minute.
  if (kind.name !== STATUS_LIST.name) return hash
  const { body: list } = STATUS_LIST.plain.read(body, { file: hash })
  return list === null ? hash : `${kind.name} ${STATUS_LIST.about!(list)}`
}

/** Which item a record holds, where it belongs to the partition: null where it does not, or cannot be read. */
const itemIn = (value: Uint8Array, partition: number, partitions: number): string | null => {
  const item = readable(() => decodeKnowledge(value))
  const kind = item === null ? null : kindOf(KINDS, item.kind)
  const subject = item === null ? null : (kind?.subject(item.body) ?? null)
  if (item === null || kind === null || subject === null) return null
  const isHere = kind.scope === "deployment" || partitionOf(Buffer.from(signerOf(subject)), partitions) === partition
  return isHere ? lineOf(kind, item, subject) : null
}

/** The last record of each item, by offset. */
const newestIn = async (from: Log, partition: number, to: Log): Promise<ReadonlySet<number>> => {
  const newest = new Map<string, number>()
  for await (const { value, offset } of recordsIn(from, STREAMS.knowledge, parentOf(partition, from))) {
    const item = itemIn(value, partition, to.partitions)
    if (item !== null) newest.set(item, offset)
  }
  return new Set(newest.values())
}

/** May be repeated: the position of the group says how far it came. In their order. @throws what the logs throw */
export const moveKnowledge = async (from: Log, to: Log, partition: number): Promise<void> => {
  const { knowledge: stream } = STREAMS
  const newest = await newestIn(from, partition, to)
  let position = await to.take(EPOCH_GROUP, { stream, partition })
  for (;;) {
    const records = await from.read({ stream, partition: parentOf(partition, from) }, position, RECORDS, BYTES)
    const last = records.at(-1)
    if (last === undefined) return
    const kept = records.filter(({ offset }) => newest.has(offset)).map(({ key, value }) => ({ key, value }))
    const outputs = kept.length === 0 ? [] : [{ stream, records: kept }]
    await to.commit(partition, { group: EPOCH_GROUP, stream, from: position, next: last.offset + 1, outputs })
    position = last.offset + 1
  }
}
