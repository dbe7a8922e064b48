/** In which order items are opened again: what names the keys of others comes before what these have signed. */
import { REGISTRY_KIND, SIGNER_DOCUMENT_KIND } from "@assay/trust"
import { keptNameOf } from "./stored-track.ts"

const OPENED_FIRST: ReadonlyArray<string> = ["bundle", REGISTRY_KIND, SIGNER_DOCUMENT_KIND]

const rankOf = (name: string): number => {
  const at = OPENED_FIRST.indexOf(keptNameOf(name).kind)
  return at < 0 ? OPENED_FIRST.length : at
}

/** Whether items of other kinds may rest on those of this one. */
export const isRestedOn = (kind: string): boolean => OPENED_FIRST.includes(kind)

/** Names of kept items, those first that others rest on. */
export const inOpeningOrder = (names: Iterable<string>): ReadonlyArray<string> =>
  [...names].sort((a, b) => rankOf(a) - rankOf(b))
