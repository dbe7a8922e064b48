/**
 * What the stage remembers of one device: what @assay/detection keeps of it, and which of its messages are held. 138
 * bytes, 74 more for each measurement and 20 for each held message. Under PARTITION_KEY stands the storm breaker.
 */
import { BREAKER, type Breaker, begin, DEVICE } from "@assay/detection"
import { type DraftOf, list, recordLayout, type StateOf, safe, u32 } from "@assay/layout"
import { type Origin, PARTITION_KEY, type StateCodec, type StateView } from "@assay/trust"

/** Origins kept per device; older ones are only counted. Their messages stay in `telemetry.quarantined` all the same. */
export const MAX_HELD = 32

const FIELDS = {
  ...DEVICE,
  /** How many more messages were held than are kept. */
  overflow: safe(),
  /** Messages that wait in the quarantined stream, oldest first. */
  held: list({ epoch: safe(), partition: u32(), offset: safe() }, MAX_HELD),
} as const

/** Another version than the breaker's, because the two stand in one table. */
export const LAYOUT = recordLayout({ name: "state of anomaly-quarantine", version: 3, fields: FIELDS })

export type DeviceState = StateOf<typeof LAYOUT>
export type DeviceStateDraft = DraftOf<typeof FIELDS>
export type AnomalyState = DeviceState | Breaker

const isBreaker = (state: AnomalyState): state is Breaker => "granted" in state

/** The state of a device, or undefined where it is none. */
export const deviceOf = (state: AnomalyState | undefined): DeviceState | undefined =>
  state === undefined || isBreaker(state) ? undefined : state

/** The storm breaker of this partition, or undefined before it was asked for anything. */
export const breakerOf = (states: StateView<AnomalyState>): Breaker | undefined => {
  const state = states.get(PARTITION_KEY)
  return state !== undefined && isBreaker(state) ? state : undefined
}

export const codec: StateCodec<AnomalyState> = {
  encode: (state) => (isBreaker(state) ? BREAKER.encode(state) : LAYOUT.encode(state)),
  decode: (bytes) => (bytes[0] === BREAKER.version ? BREAKER.decode(bytes) : LAYOUT.decode(bytes)),
}

/** A private copy to change, or a new one for a device never seen. */
export const draftOf = (state: DeviceState | undefined, time: number): DeviceStateDraft => {
  const draft = LAYOUT.draft(state)
  if (state === undefined) begin(draft, time)
  return draft
}

/** Remembers that this message waits in the quarantined stream, in place. */
export const hold = (draft: DeviceStateDraft, { epoch, partition, offset }: Origin): void => {
  if (draft.held.length === MAX_HELD) {
    draft.held.removeFirst()
    draft.overflow += 1
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
}: Pick<DeviceState, "held" | "overflow">): { readonly origins: ReadonlyArray<Origin>; readonly overflow: number } => {
  const origins = Array.from({ length: held.length }, (_, index) => {
    const { epoch, partition, offset } = held.at(index)
    return { epoch, partition, offset }
  })
  return { origins, overflow }
}

/** Forgets what is held, in place. */
export const dropHeld = (draft: DeviceStateDraft): void => {
  draft.held.clear()
  draft.overflow = 0
}
