/**
 * The knowledge in force at the first entry that is kept, where earlier ones are gone: the audit events of the activations
 * and the bodies are kept for ever. Each body is opened under the roots of its time, as it was then.
 */
import type { Track } from "@assay/knowledge"
import { type Log, recordsIn } from "@assay/log"
import { decodeAudit, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { controlDetailOf } from "@assay/trust"
import { bodiesOf } from "../order/knowledge.ts"

/** Folds the activations before `offset` of the partition into a fresh track. What is not kept any more is left out. */
export const seedTrack = async (log: Log, partition: number, track: Track, offset: number): Promise<void> => {
  const bodies = bodiesOf(log, partition)
  for await (const { value } of recordsIn(log, STREAMS.audit, partition)) {
    const event = readable(() => decodeAudit(value))
    if (event === null || event.count !== 1 || event.origin.offset >= offset) continue
    const what = controlDetailOf(event)
    if (what?.kind !== "activation") continue
    const body = await bodies.get(what.hash)
    track.apply({ kind: "activation", item: what.item, hash: what.hash, body }, event.time)
  }
}
