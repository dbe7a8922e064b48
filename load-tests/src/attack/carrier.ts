/** Whoever carries messages and has no key: what it does with each, and what has been done to a device by the end. */
import type { Random } from "@assay/fleet"
import type { Sent } from "./devices.ts"

/** One record that the carrier hands over. */
export interface Delivery {
  readonly sent: Sent
  /** Milliseconds since 1970, never before it was signed. */
  readonly at: number
  /** The routing key; the device's own unless the carrier chooses another. */
  readonly key: string
}

/**
 * `reordered` is out of order within the window and a minute; whatever is later is `delayed`. `carried-over` is said before
 * the first bundle came into force and handed over after.
 */
export type Doing = "repeated" | "reordered" | "delayed" | "dropped" | "carried-over"

/** What a carrier sees of one device, in the order in which it was signed. */
export interface Seen {
  readonly sent: ReadonlyArray<Sent>
  /** When bundle and policy come into force, milliseconds. */
  readonly knownAt: number
  /** When the node restarts, milliseconds, ascending. */
  readonly restarts: ReadonlyArray<number>
  /** The routing keys that it knows. */
  readonly keys: ReadonlyArray<string>
}

export interface Strategy {
  /** As in `--strategy`. */
  readonly name: string
  readonly about: string
  deliver(seen: Seen, random: Random): ReadonlyArray<Delivery>
}

export const onTime = (sent: Sent): Delivery => ({ sent, at: sent.at, key: sent.device })

/** Messages that may overtake one: the window of 16 places holds them all. */
export const WINDOW_PLACES = 15
const REORDER_MS = 60_000

/** What was done to the messages of one device. @param deliveries its own, in the order of arrival */
export const doingsTo = (
  sent: ReadonlyArray<Sent>,
  deliveries: ReadonlyArray<Delivery>,
  knownAt: number,
): ReadonlySet<Doing> => {
  const found = new Set<Doing>()
  const first = new Map<number, number>()
  for (const [place, delivery] of deliveries.entries()) {
    const { sent: one, key, at } = delivery
    if (one.at < knownAt && at >= knownAt) found.add("carried-over")
    if (first.has(one.id) || key !== one.device) found.add("repeated")
    if (first.has(one.id) || key !== one.device) continue
    first.set(one.id, place)
    if (at > one.at) found.add(at - one.at > REORDER_MS ? "delayed" : "reordered")
  }
  const arrived = [...first.keys()]
  for (const [place, id] of arrived.entries()) {
    const overtakers = arrived.slice(0, place).filter((other) => other > id).length
    if (overtakers > 0) found.add(overtakers > WINDOW_PLACES ? "delayed" : "reordered")
  }
  if (sent.some(({ id }) => !first.has(id))) found.add("dropped")
  return found
}
