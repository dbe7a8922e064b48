/**
 * The opening of a `rejudge` command: the quarantined messages that are to be judged again, as their records are kept, and the
 * devices whose trust is to be restored. So the entry carries all that is judged, and operators sign for it by its hash.
 *
 *   `~` and the base64url of a JSON text: `{"home": DID, "records": [base64, ...], "restore": [DID, ...], "credentials": [vc+jwt, ...]}`;
 *   the last is left out where none is shown
 */
import { parseStrict } from "@assay/jose"
import { list, object, optional, readShape, text } from "@assay/jose/shape"
import { parseRejudgementTarget, rejudgementTarget } from "@assay/trust"
import { hashOfOpening, MARK } from "./opening.ts"

/** Messages of one command. */
export const MAX_REJUDGED = 64
/** Characters of an opening, so that a command fits where it is handed in. */
export const MAX_REJUDGEMENT = 200_000
const MAX_DID = 2_048
/** As long as one may be that a device shows. */
const MAX_CREDENTIAL = 32_768

const did = text(MAX_DID, /^did:/, "a DID")
const shape = object({
  home: did,
  records: list(text(MAX_REJUDGEMENT, /^[A-Za-z0-9_-]+$/, "base64url"), MAX_REJUDGED),
  restore: list(did, MAX_REJUDGED),
  credentials: optional(list(text(MAX_CREDENTIAL, /^[A-Za-z0-9_.-]+$/, "a compact token"), MAX_REJUDGED), []),
})

export interface RejudgementOpening {
  /** A device of the partition in which all of them lie. */
  readonly home: string
  /** As they are kept on the quarantined stream. */
  readonly records: ReadonlyArray<Uint8Array>
  readonly restore: ReadonlyArray<string>
  /** The credentials of the devices, where the reason is about these. */
  readonly credentials?: ReadonlyArray<string>
}

/** The target that operators sign, and the opening that goes with their tokens. @throws RangeError where it is too large */
export const newRejudgement = (
  reason: string,
  { home, records, restore, credentials = [] }: RejudgementOpening,
): { readonly target: string; readonly opening: string } => {
  const value = {
    home,
    records: records.map((record) => Buffer.from(record).toString("base64url")),
    restore,
    ...(credentials.length === 0 ? {} : { credentials }),
  }
  const opening = MARK + Buffer.from(JSON.stringify(value)).toString("base64url")
  if (opening.length > MAX_REJUDGEMENT) throw new RangeError(`a rejudgement of ${opening.length} characters`)
  return { target: rejudgementTarget({ reason, opening: hashOfOpening(opening) }), opening }
}

/** What an opening says; null where it is none, or not that of this target. Never throws. */
export const openRejudgement = (
  target: string,
  opening: string,
): (Required<RejudgementOpening> & { readonly reason: string }) | null => {
  const named = parseRejudgementTarget(target)
  if (named === null || opening.length > MAX_REJUDGEMENT || named.opening !== hashOfOpening(opening)) return null
  const json = parseStrict(Buffer.from(opening.slice(MARK.length), "base64url"))
  if ("reason" in json) return null
  const read = readShape(shape, json.value)
  if (!("value" in read)) return null
  const { records, ...rest } = read.value
  return { ...rest, reason: named.reason, records: records.map((record) => Buffer.from(record, "base64url")) }
}
