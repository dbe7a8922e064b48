/**
 * What the stage remembers of one device: what @assay/detection keeps of it, where it is in its life, and which of its messages are
 * held. 205 bytes, 102 to 198 more for each measurement, 20 for each held message, and what its credential declares. The quarantine breaker, and what is
 * counted of classes, are the partition's (`shared`).
 */
import { type Breaker, begin, DEVICE, enter } from "@assay/detection"
import { type DraftOf, list, nullable, oneOf, recordLayout, type StateOf, safe, text, u32 } from "@assay/layout"
import { LIFE_STATES, type LifeState, type Origin, type StateView } from "@assay/trust"

/** Origins kept per device; older ones are only counted. Their messages stay in `telemetry.quarantined` all the same. */
export const MAX_HELD = 32
const OVERFLOW_MAX = 0xffff_ffff

const FIELDS = {
  ...DEVICE,
  /** Where it is in its life; `none` where nobody ever said anything of that. */
  life: oneOf(["none", ...LIFE_STATES]),
  /** How many more messages were held than are kept, at most OVERFLOW_MAX. */
  overflow: u32(),
  /** Messages that wait in the quarantined stream, oldest first. */
  held: list({ epoch: safe(), partition: u32(), offset: safe() }, MAX_HELD),
  /** The firmware that it claimed last with nothing held against the message, and its model, by hash (`firmware/running.ts`); 0 for none. */
  runs: u32(),
  runsOf: u32(),
  /** What the credential that admitted it declares of its measurements (see declared.ts); null for most. */
  declares: nullable(text(16_384)),
} as const

export const LAYOUT = recordLayout({ name: "state of anomaly-quarantine", version: 9, fields: FIELDS })

export type AnomalyState = StateOf<typeof LAYOUT>
export type AnomalyDraft = DraftOf<typeof FIELDS>
/** The states of a partition; what is shared is the quarantine breaker, with what is counted of classes. */
export type States = StateView<AnomalyState, Breaker>

/** A private copy to change, or a new one for a device never seen. */
export const draftOf = (state: AnomalyState | undefined, time: number): AnomalyDraft => {
  const draft = LAYOUT.draft(state)
  if (state === undefined) begin(draft, time)
  return draft
}

/** The same of a row of the stage's own, which no device can make: time moves nothing there. */
export const ownRow = (row: AnomalyState | undefined, time: number): AnomalyDraft => {
  const draft = draftOf(row, time)
  if (row === undefined) enter(draft, "revoked", time)
  return draft
}

/** What was said of its life; null where nothing was. */
export const lifeIn = (state: Pick<AnomalyState, "life"> | undefined): LifeState | null =>
  state === undefined || state.life === "none" ? null : state.life

/** Remembers that this message waits in the quarantined stream, in place. */
export const hold = (draft: AnomalyDraft, { epoch, partition, offset }: Origin): void => {
  if (draft.held.length === MAX_HELD) {
    draft.held.remove(0)
    draft.overflow = Math.min(OVERFLOW_MAX, draft.overflow + 1)
  }
  const origin = draft.held.push()
  origin.epoch = epoch
  origin.partition = partition
  origin.offset = offset
}

/** What is held, oldest first, and how many more were held than are kept. */
export const heldOf = ({
  held,
  overflow,
}: Pick<AnomalyState, "held" | "overflow">): { readonly origins: ReadonlyArray<Origin>; readonly overflow: number } => {
  const origins = Array.from({ length: held.length }, (_, index) => {
    const { epoch, partition, offset } = held.at(index)
    return { epoch, partition, offset }
  })
  return { origins, overflow }
}

/** Forgets what is held, in place. */
export const dropHeld = (draft: AnomalyDraft): void => {
  draft.held.clear()
  draft.overflow = 0
}
