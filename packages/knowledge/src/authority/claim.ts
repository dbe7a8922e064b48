/**
 * The opening of a `claim` command: the voucher by which the device is the signer's, and what the device itself signed to be enrolled.
 * The command names its hash as `evidence`.
 *
 *   `~` and the base64url of a JSON text: `{"voucher": [token, ...], "enrolment": [token, ...]}`
 */
import { openVoucher, whyNotEnrolled } from "@assay/credentials"
import { keyIdOfDid } from "@assay/did"
import { parseStrict } from "@assay/jose"
import { list, object, readShape, text } from "@assay/jose/shape"
import type { Claim, TrustBundle } from "@assay/trust"
import { hashOfOpening, MARK } from "./opening.ts"

/** Characters of an opening, so that a command fits where it is handed in. */
const MAX_CLAIM = 131_072
const token = text(8_192, /^[!-~]+$/, "a compact JWS")
const shape = object({ voucher: list(token, 16, 1), enrolment: list(token, 2, 1) })

export interface ClaimOpening {
  /** Oldest first. */
  readonly voucher: ReadonlyArray<string>
  readonly enrolment: ReadonlyArray<string>
}

/** The evidence that operators sign, and the opening that goes with their tokens. @throws RangeError where it is too large */
export const newClaim = ({
  voucher,
  enrolment,
}: ClaimOpening): { readonly evidence: string; readonly opening: string } => {
  const opening = MARK + Buffer.from(JSON.stringify({ voucher, enrolment })).toString("base64url")
  if (opening.length > MAX_CLAIM) throw new RangeError(`a claim of ${opening.length} characters`)
  return { evidence: hashOfOpening(opening), opening }
}

interface Claiming {
  readonly target: string
  readonly signers: ReadonlyArray<string>
  readonly evidence?: string
}

/** What the voucher says of the device; or why it does not make it the signers', for people. Never throws. */
export const openClaim = (
  { target, signers, evidence }: Claiming,
  opening: string,
  { issuers, trustDomain }: TrustBundle,
): Claim | string => {
  if (opening.length > MAX_CLAIM || hashOfOpening(opening) !== evidence)
    return "the opening is not the one whose hash was signed as evidence"
  const json = parseStrict(Buffer.from(opening.slice(MARK.length), "base64url"))
  const read = "reason" in json ? null : readShape(shape, json.value)
  if (read === null || !("value" in read)) return "the opening holds no voucher and enrolment"
  const voucher = openVoucher(read.value.voucher)
  if ("detail" in voucher) return `the voucher: ${voucher.detail}`
  const { manufacturer, identity, vendor, class: deviceClass, serial, owner, handovers } = voucher
  const maker = issuers.find(({ did }) => keyIdOfDid(did) === keyIdOfDid(manufacturer))
  if (maker === undefined) return `the voucher is of ${manufacturer}, which the bundle does not name as an issuer`
  if (!maker.vendors.includes(vendor) && !maker.vendors.includes("*"))
    return `the voucher is of vendor ${vendor}, for which ${manufacturer} does not stand in the bundle`
  if (!signers.some((signer) => keyIdOfDid(signer) === keyIdOfDid(owner)))
    return `the device is ${owner}'s, who has not signed the claim`
  const wrong = whyNotEnrolled(read.value.enrolment, voucher, { device: target, trustDomain })
  return wrong === null ? { identity, manufacturer, vendor, class: deviceClass, serial, handovers } : wrong.detail
}
