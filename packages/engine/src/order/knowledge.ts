/** Bodies of knowledge by hash: stored in every partition they concern, then activated there by a control entry. */
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

/**
 * Stores a signed body and asks every partition to activate it. Whether each accepts is for the entries to tell: this
 * confers nothing.
 * @returns the body's hash, and where its activations stand
 */
export const publishKnowledge = async (log: Log, item: "bundle" | "policy", body: Uint8Array): Promise<Published> => {
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
  return { hash, origins: await toEveryPartition(log, { kind: "activation", item, hash }) }
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
