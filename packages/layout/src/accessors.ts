/**
 * Makes the classes behind the accessors of a record. Their source is put together from the names and offsets of the
 * fields: one getter and one setter for each, whose offset is a constant. Accessors that share one function for all
 * fields cost three to five times as much, since V8 then cannot distinguish them. Names are checked by `field-places.ts`.
 */
import { draftSource } from "./draft-source.ts"
import type { Group } from "./field-places.ts"
import { Kinds } from "./kinds-source.ts"
import { placesOf } from "./places-source.ts"
import type { Open, Stored } from "./sealed-form.ts"
import { ITEMS_ITERATOR, stateSource } from "./state-source.ts"

/** A draft, as the layout sees it. */
export interface OpenDraft extends Open {
  /** Where it came from, to go back to. */
  readonly _open: Open
  /** Bytes that it now takes. */
  _size: number
  /** How often parts were shifted. */
  _shifts: number
}

export interface Accessors {
  state(sealed: string): object
  /** A state whose bytes lie elsewhere. */
  view(from: Buffer, at: number, size: number): object
  draft(open: Open, size: number): OpenDraft
  /** Ends a draft: every later use of it throws. */
  retire(draft: Open): void
}

/** What the accessors call. */
export interface Calls {
  /** Which state's bytes `reading` holds. */
  readonly shown: { state: unknown }
  readonly reading: Open
  /** Brings a state's bytes there. */
  show(state: Stored): void
}

const CLOSED: Open = { bytes: Buffer.alloc(0), view: new DataView(new ArrayBuffer(0)) }

export const accessorsOf = (record: Group, { shown, reading, show }: Calls): Accessors => {
  const kinds = new Kinds()
  const classes = [ITEMS_ITERATOR, placesOf(record, "record"), stateSource(record, kinds), draftSource(record, kinds)]
  const source = `"use strict"
const { bytes: readingBytes, view: readingView } = reading
${kinds.source}
${classes.join("\n")}
return { State, Draft }`
  const make = new Function("shown", "show", "reading", "kinds", source)
  const { State, Draft } = make(shown, show, reading, kinds.values)
  return {
    state: (sealed) => new State(sealed, null, 0, sealed.length),
    view: (from, at, size) => new State(null, from, at, size),
    draft: (open, size) => new Draft(open, size),
    retire: (draft) => {
      draft.bytes = CLOSED.bytes
      draft.view = CLOSED.view
    },
  }
}
