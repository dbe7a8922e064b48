export { type Appraisal, appraise, type Standing } from "./appraise/appraise.ts"
export { earOf } from "./appraise/ear.ts"
export { MAX_MEASURED, MEASURED_BYTES, type Measured } from "./appraise/measured.ts"
export { type EarStatus, STATUSES } from "./appraise/vector.ts"
export { layerInfosOf, UNDERSTOOD as DICE_EXTENSIONS } from "./dice/layers.ts"
export type { Counters, EvidenceContext, Shown } from "./evidence/context.ts"
export type { EvidenceReason, EvidenceRefused } from "./evidence/reason.ts"
export {
  type Endorsements,
  endorsementsShape,
  type Format,
  type OpenedEndorsements,
  openEndorsements,
} from "./knowledge/endorsements.ts"
export {
  digestOfSet,
  type Firmware,
  type FirmwareComponent,
  type FirmwareRelease,
  firmwareShape,
  MAX_COMPONENTS,
  placeOf,
  REFERENCE_STATUSES,
  type ReferenceStatus,
  type Rollout,
} from "./knowledge/firmware.ts"
export { type References, type ReferenceValue, referencesShape, referencesSubject } from "./knowledge/references.ts"
export { MalformedError } from "./malformed.ts"
export type { Refused, TpmReason } from "./reason.ts"
export { CHALLENGE_TYP, type Challenge } from "./tokens/challenge.ts"
export { ENDORSEMENT_TYP, type Endorsement } from "./tokens/endorsement.ts"
export { base64urlText, readSigned, TOKEN_MEMBERS, type Verify, verifyOnce } from "./tokens/signed.ts"
export type { Quote } from "./tpm2/attest.ts"
export type { Binding, Bindings } from "./tpm2/binding.ts"
export { type EndorsementKey, readEndorsementKey, verifyEndorsementChain } from "./tpm2/endorsement-key.ts"
export { replayEventLog } from "./tpm2/event-log.ts"
export { deriveKey, deriveSeed, makeCredential } from "./tpm2/make-credential.ts"
export { nameOf, qualifiedNameUnder } from "./tpm2/names.ts"
export { isAttestationKey, type PublicArea } from "./tpm2/public-area.ts"
export { openPublicArea, type Signed, verifyCertification, verifyQuote } from "./tpm2/verify.ts"
export { verifyEvidence } from "./verify.ts"
export { type Certificate, readCertificate } from "./x509/certificate.ts"
export { type Chain, verifyChain } from "./x509/chain.ts"
