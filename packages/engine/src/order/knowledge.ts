/**
 * Bodies of knowledge: an activation carries the signed body itself into the partitions it concerns, so that nothing outside
 * of the entries decides. The stage that decides records each body that came into force in `knowledge.items`, for whoever
 * wants to look at one; what was refused is recorded nowhere.
 */
import {
  type BodySource,
  checkedBodies,
  claimedTarget,
  hashOfBody,
  isFleetWide,
  KINDS,
  type Kinds,
  type KnowledgeKind,
  kindOf,
  MAX_ACTIVATED_BYTES,
} from "@assay/knowledge"
import { type Log, partitionOf } from "@assay/log"
import { decodeKnowledge, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type Origin, signerOf } from "@assay/trust"
import { type ControlBody, encodeControl } from "./entries.ts"

export interface Published {
  readonly hash: string
  readonly origins: ReadonlyArray<Origin>
}

/** Records of `knowledge.items` that are read at a time; a body has up to MAX_BODY_BYTES. */
const READ_RECORDS = 4

/**
 * The bodies that came into force in one partition. Asked for in the order in which they did, each is read once; in any
 * other order the whole stream is.
 */
export const bodiesOf = (log: Log, partition: number): BodySource => {
  const at = { stream: STREAMS.knowledge, partition }
  let next = 0
  const search = async (hash: string, from: number, to: number): Promise<Uint8Array | null> => {
    for (let position = from; position < to; ) {
      const records = await log.read(at, position, READ_RECORDS, MAX_BODY_BYTES)
      if (records.length === 0) return null
      for (const { offset, value } of records) {
        position = offset + 1
        const item = readable(() => decodeKnowledge(value))
        if (item?.hash !== hash) continue
        next = position
        return item.body
      }
    }
    return null
  }
  return checkedBodies(async (hash) => {
    const { start, end } = await log.bounds(at)
    const from = Math.max(start, next)
    return (await search(hash, from, end)) ?? search(hash, start, from)
  })
}

/** Of a signed body. An activation with it is one record, which must fit where messages are submitted (8 MiB on Kafka). */
export const MAX_BODY_BYTES = MAX_ACTIVATED_BYTES

/** An item of which nobody can say of what kind it is, or to which partition it belongs. */
export class UnreadableItem extends Error {
  override name = "UnreadableItem"
}

const everyPartition = (log: Log): ReadonlyArray<number> =>
  Array.from({ length: log.partitions }, (_, partition) => partition)

/** The partitions that an item concerns: all of them, or that of its subject. @throws UnreadableItem */
const partitionsOf = (log: Log, kind: KnowledgeKind, body: Uint8Array): ReadonlyArray<number> => {
  if (kind.scope === "deployment") return everyPartition(log)
  const subject = kind.subject(body)
  if (subject === null) throw new UnreadableItem(`the ${kind.name} does not say what it is about`)
  return [partitionOf(signerOf(subject), log.partitions)]
}

/**
 * Asks the partitions that a signed body concerns to activate it. Whether each accepts is for the entries to tell: this
 * confers nothing. Whoever takes bodies from others checks them first: an entry keeps what it carries.
 * @returns the body's hash, and where its activations stand
 * @param item the name of the kind
 * @throws RangeError for a body of more than MAX_BODY_BYTES
 * @throws UnreadableItem where there is no such kind, or the kind has a home and the body does not name it
 */
export const publishKnowledge = async (
  log: Log,
  item: string,
  body: Uint8Array,
  kinds: Kinds = KINDS,
): Promise<Published> => {
  const kind = kindOf(kinds, item)
  if (kind === null) throw new UnreadableItem(`there is no kind of knowledge named ${JSON.stringify(item)}`)
  if (body.length > MAX_BODY_BYTES)
    throw new RangeError(`a ${item} of ${body.length} bytes: at most ${MAX_BODY_BYTES} can be activated`)
  const hash = hashOfBody(body)
  const activation = { kind: "activation", item: kind.name, hash, body } as const
  return { hash, origins: await appendControl(log, activation, partitionsOf(log, kind, body)) }
}

const appendControl = (
  log: Log,
  control: ControlBody,
  partitions: ReadonlyArray<number>,
): Promise<ReadonlyArray<Origin>> => {
  const record = encodeControl(control)
  return Promise.all(
    partitions.map(async (partition) => {
      const { offset } = await log.append({ stream: STREAMS.submitted, partition }, [record])
      return { epoch: log.epoch, partition, offset }
    }),
  )
}

/**
 * Writes a signed operator command to the partition of its target; one that concerns the whole fleet to all of them. What
 * cannot be read goes to the first: its signers get to know why it was refused.
 * @returns where it stands. The first is the target's partition, and its outcome is recorded there and nowhere else
 */
export const submitControl = (log: Log, tokens: ReadonlyArray<string>): Promise<ReadonlyArray<Origin>> => {
  const claimed = claimedTarget(tokens)
  const home = claimed === null ? 0 : partitionOf(signerOf(claimed.target), log.partitions)
  const only = claimed?.partition
  if (only !== undefined) return appendControl(log, { kind: "control", tokens }, [only < log.partitions ? only : home])
  const others = claimed !== null && isFleetWide(claimed.verb) ? everyPartition(log).filter((one) => one !== home) : []
  return appendControl(log, { kind: "control", tokens }, [home, ...others])
}
