/** What a part came to. */
import type { Checked } from "./check.ts"

export interface PartReport {
  readonly part: string
  readonly seconds: number
  readonly checked: Checked
  /** After the last event was written, until the receiver had all. */
  readonly drainSeconds: number
  /** CPU of the exporter and of the receiver, microseconds an event; null where processes were killed. */
  readonly exporterUs: number | null
  readonly receiverUs: number | null
  /** Memory that the exporter has for itself, MB: before the receiver stood still, and the most from then on. */
  readonly memory: { readonly before: number; readonly most: number } | null
  readonly kills: number
}

/** So much more may an exporter use while its receiver stands still: what it has in hand, and garbage. A real hour took 101. */
const MORE_MB = 160

export const memoryFailures = ({ part, memory }: PartReport): ReadonlyArray<string> =>
  memory === null || memory.most <= memory.before + MORE_MB
    ? []
    : [`${part}: the exporter grew from ${memory.before} to ${memory.most} MB while its receiver stood still`]
