/** A thread that makes devices, and signs what they send: keys and credentials follow from the seed, so nothing is handed over but numbers. */
import { parentPort, workerData } from "node:worker_threads"
import { encodeSubmitted } from "@assay/engine"
import { envelopeOf, World } from "@assay/fleet"
import { type NewRecord, partitionOf } from "@assay/log"
import { nowSeconds } from "../now.ts"
import { pack } from "./packed.ts"
import type { Part, SignedPart, SignerData } from "./signers.ts"

const { world: options, partitions, messages } = workerData as SignerData
const world = new World(options)

const sign = ({ from, count }: Part): SignedPart => {
  const byPartition = Array.from({ length: partitions }, (): Array<NewRecord> => [])
  // Now: to sign for many devices takes longer than a presentation is fresh.
  const iat = nowSeconds()
  for (let n = from; n < from + count; n++) {
    const device = world.device(`bench ${n}`, { ordinal: n })
    const key = Buffer.from(device.did)
    const records = byPartition[partitionOf(key, partitions)]!
    records.push(encodeSubmitted(key, envelopeOf(device.presentation(undefined, iat).bytes)))
    for (let nth = 0; nth < messages; nth++)
      records.push(encodeSubmitted(key, envelopeOf(device.message({ iat }).bytes)))
  }
  return byPartition.map(pack)
}

parentPort!.on("message", (part: Part) => {
  const signed = sign(part)
  parentPort!.postMessage(signed, [...signed])
})
