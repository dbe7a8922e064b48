/** How entries of `submitted` are judged once more: in the parts in which they were judged, each from a fresh message. */
import { newMessage, type RawEntry } from "../order/entries.ts"
import type { Excused } from "../runner/pipeline.ts"

export interface Part {
  readonly raw: ReadonlyArray<RawEntry>
  readonly excused: Excused | null
}

/**
 * The entries in order; one that a stage failed at stands alone.
 * @param failed the place of the stage that failed, by the entry's offset
 */
export const partsOf = (raw: ReadonlyArray<RawEntry>, failed: ReadonlyMap<number, number>): ReadonlyArray<Part> => {
  const parts: Array<Part> = []
  let from = 0
  for (let index = 0; index < raw.length; index++) {
    const slot = failed.get(raw[index]!.origin.offset)
    if (slot === undefined) continue
    if (index > from) parts.push({ raw: raw.slice(from, index), excused: null })
    parts.push({ raw: [raw[index]!], excused: { slot, detail: "as recorded" } })
    from = index + 1
  }
  if (from < raw.length) parts.push({ raw: raw.slice(from), excused: null })
  return parts
}

/** The entry as it was submitted: what is found out about a message is not known to its copy. */
export const freshEntry = (entry: RawEntry): RawEntry => {
  if (entry.kind !== "message") return entry
  const { origin, time, message } = entry
  return { kind: "message", origin, time, message: newMessage(origin, time, message.key, message.envelope) }
}
