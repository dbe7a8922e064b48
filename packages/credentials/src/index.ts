export { type BundleView, type Ground, type ListView, type SignerStanding, viewOf } from "./bundle/view.ts"
export { checkCapabilities } from "./capability/check.ts"
export type { Capabilities, MeasurementGrant } from "./capability/compile.ts"
export { formatOf } from "./formats/index.ts"
export { whyNotBound } from "./formats/sd-jwt/bound.ts"
export type { KeyBinding } from "./formats/sd-jwt/key-binding.ts"
export {
  type Documents,
  documentsIn,
  isVouchedFor,
  NO_DOCUMENTS,
  type SignerDocument,
} from "./issuer/documents.ts"
export { encodeStatusList, listOf, MAX_ENCODED_LENGTH } from "./status/list.ts"
export { type ListToSign, signStatusList } from "./status/publish.ts"
export {
  LIST_FORMATS,
  type ListFormat,
  MAX_SIGNED_LIST_BYTES,
  type NotOpened,
  readSignedList,
  type SignedList,
} from "./status/signed-list.ts"
export { checkSignature, isSignedBy, keyOf, type ReadToken, readToken, verifiedKey } from "./token.ts"
export { type Finding, isOver, isWarning, whyNotInForce } from "./vc/credential-in-force.ts"
export {
  type CredentialInput,
  ISSUED_FORMATS,
  type IssuedFormat,
  issueCredential,
  issueCredentialWith,
} from "./vc/issue.ts"
export { firstThatHolds, MAX_PRESENTED, whyNoneHolds } from "./vc/proof.ts"
export { type DeviceCredential, type ReadCredential, readCredential, signed, verifyCredential } from "./vc/read.ts"
export { declarationsIn, type GrantDeclaration, parseTerms, type Terms } from "./vc/terms.ts"
export { ENROLMENT_TYP, whyNotEnrolled } from "./voucher/enrolment.ts"
export { type EnrolmentInput, extendVoucher, issueVoucher, type MadeDevice, signEnrolment } from "./voucher/issue.ts"
export { openVoucher, VOUCHER_TYP, type Voucher } from "./voucher/voucher.ts"
