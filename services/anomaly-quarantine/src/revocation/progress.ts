/**
 * How far a revocation that reaches back is in this partition: a row of the stage's own for each, which no device can make. The row is
 * what makes every part count once: only the one whose hash it names is taken.
 */
import { createHash } from "node:crypto"
import type { Revocable, Revocation } from "@assay/trust"
import { type AnomalyState, LAYOUT, ownRow, type States } from "../state.ts"

export interface Progress {
  readonly of: Revocable
  readonly target: string
  readonly from: number
  /** When it was first ordered, milliseconds since 1970 by the log. */
  readonly began: number
  /** SHA-256 of the part that is taken next; null: no list is under way. */
  readonly next: string | null
  /** Offset on `submitted` of the last decision that was taken back; -1: none was. */
  readonly high: number
  /** Decisions and devices so far, over all lists. */
  readonly decisions: number
  readonly devices: number
}

/** Which rows are of revocations. */
export const REVOCATION_ROWS = "revocation/"

type Named = Pick<Revocation, "of" | "from"> & { readonly target: string }

const keyOf = ({ of, target, from }: Named): string =>
  REVOCATION_ROWS +
  createHash("sha256")
    .update(JSON.stringify([of, target, from]))
    .digest("base64url")

export const progressOf = (states: States, named: Named): Progress | null => {
  const text = states.get(keyOf(named))?.declares ?? null
  return text === null ? null : (JSON.parse(text) as Progress)
}

export const rowOf = (
  states: States,
  progress: Progress,
  time: number,
): readonly [key: string, state: AnomalyState] => {
  const key = keyOf(progress)
  const row = ownRow(states.get(key), time)
  row.declares = JSON.stringify(progress)
  return [key, LAYOUT.seal(row)]
}
