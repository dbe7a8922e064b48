/**
 * The opening of a `rejudge` command: the quarantined messages that are to be judged again, as their records are kept, and the
 * devices whose trust is to be restored. So the entry carries all that is judged, and operators sign for it by its hash.
 *
 *   `~` and the base64url of a JSON text: `{"home": DID, "records": [base64, ...], "restore": [DID, ...]}`
 */
import { parseStrict } from "@assay/jose"
import { list, object, readShape, text, type ValueOf } from "@assay/jose/shape"
import { parseRejudgementTarget, rejudgementTarget } from "@assay/trust"
import { hashOfOpening, MARK } from "./opening.ts"

/** Messages of one command. */
export const MAX_REJUDGED = 64
/** Characters of an opening, so that a command fits where it is handed in. */
export const MAX_REJUDGEMENT = 200_000
const MAX_DID = 2_048

const did = text(MAX_DID, /^did:/, "a DID")
const shape = object({
  home: did,
  records: list(text(MAX_REJUDGEMENT, /^[A-Za-z0-9_-]+$/, "base64url"), MAX_REJUDGED),
  restore: list(did, MAX_REJUDGED),
})

export interface RejudgementOpening {
  /** A device of the partition in which all of them lie. */
  readonly home: string
  /** As they are kept on the quarantined stream. */
  readonly records: ReadonlyArray<Uint8Array>
  readonly restore: ReadonlyArray<string>
}

/** The target that operators sign, and the opening that goes with their tokens. @throws RangeError where it is too large */
export const newRejudgement = (
  reason: string,
  { home, records, restore }: RejudgementOpening,
): { readonly target: string; readonly opening: string } => {
  const value: ValueOf<typeof shape> = {
    home,
    records: records.map((record) => Buffer.from(record).toString("base64url")),
    restore,
  }
  const opening = MARK + Buffer.from(JSON.stringify(value)).toString("base64url")
  if (opening.length > MAX_REJUDGEMENT) throw new RangeError(`a rejudgement of ${opening.length} characters`)
  return { target: rejudgementTarget({ reason, opening: hashOfOpening(opening) }), opening }
}

/** What an opening says; null where it is none, or not that of this target. Never throws. */
export const openRejudgement = (
  target: string,
  opening: string,
): (RejudgementOpening & { readonly reason: string }) | null => {
  const named = parseRejudgementTarget(target)
  if (named === null || opening.length > MAX_REJUDGEMENT || named.opening !== hashOfOpening(opening)) return null
  const json = parseStrict(Buffer.from(opening.slice(MARK.length), "base64url"))
  if ("reason" in json) return null
  const read = readShape(shape, json.value)
  if (!("value" in read)) return null
  const { home, records, restore } = read.value
  return { reason: named.reason, home, records: records.map((record) => Buffer.from(record, "base64url")), restore }
}
