/**
 * Bodies of knowledge: an activation carries the signed body itself into every partition, so that nothing outside of the
 * entries decides. They are also stored by hash, for whoever wants to look at one.
 */
import { createHash } from "node:crypto"
import type { Log } from "@assay/log"
import { encodeKnowledge } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { Origin } from "@assay/trust"
import { type ControlBody, encodeControl } from "./entries.ts"

export interface Published {
  readonly hash: string
  readonly origins: ReadonlyArray<Origin>
}

export interface BodySource {
  get(hash: string): Promise<Uint8Array | null>
}

/** Hex SHA-256: the id of a body everywhere. */
export const hashOfBody = (body: Uint8Array): string => createHash("sha256").update(body).digest("hex")

/** A signed body is a DSSE envelope; what it holds stands inside, under the signature. */
const MEDIA_TYPES = {
  bundle: "application/vnd.dsse.envelope+json",
  policy: "application/vnd.dsse.envelope+json",
} as const

const cellOf = (hash: string): string => `knowledge/${hash}`

const HASH = /^[0-9a-f]{64}$/

/**
 * The bodies that one partition has; one whose bytes do not have the hash is as good as missing. Whoever may write an
 * activation chooses its hash, and what is none need not even be a name that the log takes.
 */
export const bodiesOf = (log: Log, partition: number): BodySource => ({
  get: async (hash) => {
    if (!HASH.test(hash)) return null
    const body = await log.cells.get(partition, cellOf(hash))
    return body !== null && hashOfBody(body) === hash ? body : null
  },
})

/** Of a signed body. An activation with it is one record, which must fit where messages are submitted (8 MiB on Kafka). */
export const MAX_BODY_BYTES = 4 << 20

/**
 * Stores a signed body and asks every partition to activate it. Whether each accepts is for the entries to tell: this
 * confers nothing.
 * @returns the body's hash, and where its activations stand
 * @throws RangeError for a body of more than MAX_BODY_BYTES
 */
export const publishKnowledge = async (log: Log, item: "bundle" | "policy", body: Uint8Array): Promise<Published> => {
  if (body.length > MAX_BODY_BYTES)
    throw new RangeError(`a ${item} of ${body.length} bytes: at most ${MAX_BODY_BYTES} can be activated`)
  const hash = hashOfBody(body)
  for (let partition = 0; partition < log.partitions; partition++) {
    await log.cells.swap(partition, cellOf(hash), null, body)
    await log.append({ stream: STREAMS.knowledge, partition }, [
      {
        key: Buffer.from(hash),
        value: encodeKnowledge({ hash, kind: item, name: item, version: 0, mediaType: MEDIA_TYPES[item], body }),
      },
    ])
  }
  return { hash, origins: await toEveryPartition(log, { kind: "activation", item, hash, body }) }
}

const toEveryPartition = (log: Log, control: ControlBody): Promise<ReadonlyArray<Origin>> => {
  const record = encodeControl(control)
  return Promise.all(
    Array.from({ length: log.partitions }, async (_, partition) => {
      const { offset } = await log.append({ stream: STREAMS.submitted, partition }, [record])
      return { epoch: log.epoch, partition, offset }
    }),
  )
}

/** Writes a signed operator command to every partition, since the target's is for the entries to find. */
export const submitControl = (log: Log, tokens: ReadonlyArray<string>): Promise<ReadonlyArray<Origin>> =>
  toEveryPartition(log, { kind: "control", tokens })
