/** States of the version before: their own layout reads them, and what both versions have is taken over by name. */
import { type FixedItem, type Item, isScalar, isVariable, type RecordFields } from "./field-places.ts"
import type { ArrayOf, ListOf } from "./list.ts"
import type { ArrayDraft, DraftOf, Items, ListDraft, RecordLayout, Sealed } from "./record-types.ts"

/** How a layout reads states of the version before it. */
export interface Former<Before extends RecordFields, Fields extends RecordFields> {
  /** Of the version before. One that has a `former` reads the states before those too. */
  readonly layout: RecordLayout<Before>
  /**
   * Sets what differs. Before it, fields that both have were taken over by their names, and the others have their initial values: so
   * give a field that means something else another name.
   */
  readonly bring?: (before: Sealed<Before>, draft: DraftOf<Fields>) => void
}

interface Named {
  readonly [name: string]: RecordFields[string] | ListOf<FixedItem>
}
type Repeated = ListOf<Item> | ArrayOf<FixedItem>
type Values = Record<string, unknown>

const isWhole = (kind: object): boolean => isScalar(kind) || isVariable(kind)

/** @throws RangeError where a value of before is none of its field any more */
const takeFields = (before: Named, fields: Named, from: Values, to: Values): void => {
  for (const [name, kind] of Object.entries(fields)) {
    const former = before[name]
    if (former === undefined || isWhole(former) !== isWhole(kind)) continue
    if (isWhole(kind)) to[name] = from[name]
    else takeItems(former as Repeated, kind as Repeated, from[name] as Items<unknown>, to[name] as ListDraft<unknown>)
  }
}

const takeItems = (before: Repeated, now: Repeated, from: Items<unknown>, to: ListDraft<unknown>): void => {
  const isList = now.repeats === "list"
  const most = isList ? from.length : Math.min(from.length, to.length)
  for (let n = 0; n < most; n++) {
    const value = from.at(n)
    if (isScalar(now.item)) {
      if (isList) (to as { push(value: unknown): void }).push(value)
      else (to as ArrayDraft<unknown>).set(n, value as never)
    } else
      takeFields(before.item as Named, now.item as Named, value as Values, (isList ? to.push() : to.at(n)) as Values)
  }
}

/** @returns a state of `layout` from bytes that the former layout reads. @throws DamagedState, RangeError as `takeFields` */
export const broughtOver = <Before extends RecordFields, Fields extends RecordFields>(
  layout: RecordLayout<Fields>,
  { layout: before, bring }: Former<Before, Fields>,
  bytes: Uint8Array,
): Sealed<Fields> => {
  const state = before.decode(bytes)
  const draft = layout.draft()
  try {
    takeFields(before.fields, layout.fields, state as Values, draft as Values)
    bring?.(state, draft)
  } catch (cause) {
    layout.discard(draft)
    throw cause
  }
  return layout.seal(draft)
}
