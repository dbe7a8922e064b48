/**
 * To which device a piece of hardware is bound, for as long as its endorsement runs: a cell of the log, changed by compare-and-swap,
 * so that two processes never bind it to two devices.
 */
import { createHash } from "node:crypto"
import { keyIdOfDid } from "@assay/did"
import type { Cells } from "@assay/log"

const PARTITION = 0

interface Binding {
  readonly device: string
  /** Milliseconds since 1970. */
  readonly expires: number
  /** When it was made or renewed last, milliseconds since 1970; left out by an earlier version: 0. */
  readonly since?: number
}

const cellOf = (endorsementKey: Uint8Array): string =>
  `enrolled/${createHash("sha256").update(endorsementKey).digest("hex")}`

/** When operators have ended what the device was bound to: what was bound before may be bound anew. */
const endedOf = (device: string): string => `unbound/${createHash("sha256").update(keyIdOfDid(device)).digest("hex")}`

interface Ended {
  /** Milliseconds since 1970, of the command. */
  readonly time: number
}

const endedAt = (bytes: Uint8Array | null): number =>
  bytes === null ? Number.NEGATIVE_INFINITY : (JSON.parse(Buffer.from(bytes).toString("utf8")) as Ended).time

/** Keeps that operators ended the bindings of a device that were made until then. Once said it stays said: repeating changes nothing. */
export const endBindings = async (cells: Cells, device: string, time: number): Promise<void> => {
  const name = endedOf(device)
  for (;;) {
    const before = await cells.get(PARTITION, name)
    if (endedAt(before) >= time) return
    if (await cells.swap(PARTITION, name, before, Buffer.from(JSON.stringify({ time } satisfies Ended)))) return
  }
}

/** Whether it keeps the hardware from another device. */
const holds = async (cells: Cells, { device, expires, since = 0 }: Binding, now: number): Promise<boolean> =>
  expires > now && endedAt(await cells.get(PARTITION, endedOf(device))) < since

const read = (bytes: Uint8Array | null): Binding | null =>
  bytes === null ? null : (JSON.parse(Buffer.from(bytes).toString("utf8")) as Binding)

/** Binds, or renews. @returns the DID that it is bound to otherwise; null where it is bound now as asked */
export const bind = async (
  cells: Cells,
  endorsementKey: Uint8Array,
  device: string,
  now: number,
  expires: number,
): Promise<string | null> => {
  const name = cellOf(endorsementKey)
  for (;;) {
    const bytes = await cells.get(PARTITION, name)
    const before = read(bytes)
    const isOther = before !== null && keyIdOfDid(before.device) !== keyIdOfDid(device)
    if (isOther && (await holds(cells, before, now))) return before.device
    const next = Buffer.from(JSON.stringify({ device, expires, since: now } satisfies Binding))
    if (await cells.swap(PARTITION, name, bytes, next)) return null
  }
}
