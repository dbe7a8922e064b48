export { type Candidates, CandidateTrack } from "./activation/candidate.ts"
export { ITEM_PREFIX } from "./activation/stored-track.ts"
export type { ItemRows } from "./activation/subject-rows.ts"
export { type ControlBody, Track } from "./activation/track.ts"
export { UntrustedKnowledge } from "./activation/untrusted.ts"
export { type ClaimOpening, newClaim } from "./authority/claim.ts"
export {
  CONTROL_TYP,
  claimedTarget,
  isFleetWide,
  MAX_DEVICES,
  MAX_LIFETIME_S,
  openCommand,
} from "./authority/command.ts"
export { newErasure, openErasure, tombstoneOf } from "./authority/erasure.ts"
export { splitOpening } from "./authority/opening.ts"
export { MAX_REJUDGED, newRejudgement, openRejudgement } from "./authority/rejudgement.ts"
export {
  chainParts,
  MAX_RELIED,
  MAX_RELYING,
  MAX_REVOCATION_PART,
  openPart,
  type PartContent,
} from "./authority/revocation.ts"
export { DSSE_MEDIA_TYPE, signedByRoots } from "./authority/roots.ts"
export { type BodySource, checkedBodies, hashOfBody } from "./bodies/hash.ts"
export { checkPlain, MAX_ACTIVATED_BYTES } from "./check-plain.ts"
export {
  type ActiveEnd,
  describeSpan,
  type End,
  endsInForce,
  endsOf,
  lapseOf,
  type Phase,
  phaseAt,
  SOON_MS,
  shortEnds,
} from "./expiry.ts"
export { firmwareEntry } from "./firmware/log.ts"
export { isRekorEntry, rekorEntryIn } from "./firmware/rekor.ts"
export { KnowledgeInForce } from "./in-force.ts"
export {
  type Kinds,
  type KnowledgeKind,
  kindOf,
  kindsByName,
  type OpenContext,
  type Opened,
  type Plain,
  type PlainForm,
  type Refused,
} from "./kind.ts"
export { ADVISORY, ADVISORY_TYPE } from "./kinds/advisory/kind.ts"
export { BUNDLE } from "./kinds/bundle/kind.ts"
export { BUNDLE_TYPE, signBundle } from "./kinds/bundle/open.ts"
export { parseBundle } from "./kinds/bundle/parse.ts"
export { COHORT_TYPE } from "./kinds/cohort/kind.ts"
export { DELEGATION, DELEGATION_TYPE } from "./kinds/delegation/kind.ts"
export { type DidDocumentBody, MAX_DOCUMENT_AGE_MS, readDidDocument } from "./kinds/did-document/body.ts"
export { DID_DOCUMENT, DID_DOCUMENT_KIND, DID_DOCUMENT_TYPE } from "./kinds/did-document/kind.ts"
export {
  DID_UNAVAILABLE,
  DID_UNAVAILABLE_KIND,
  DID_UNAVAILABLE_TYPE,
  decodeUnavailable,
  MAX_PAUSE_MS,
  type Unavailable,
  type UnavailableReason,
} from "./kinds/did-unavailable/kind.ts"
export { ENDORSEMENTS, ENDORSEMENTS_TYPE } from "./kinds/endorsements/kind.ts"
export { EPOCH, EPOCH_TYPE, type Epoch } from "./kinds/epoch/kind.ts"
export { KINDS } from "./kinds/index.ts"
export { LOGIC_TYPE, type LogicChoice } from "./kinds/logic/kind.ts"
export { PASSPORT_POLICY } from "./kinds/passport-policy/kind.ts"
export { POLICY } from "./kinds/policy/kind.ts"
export { POLICY_PAYLOAD_TYPE } from "./kinds/policy/open.ts"
export { PROFILE, PROFILE_TYPE } from "./kinds/profile/kind.ts"
export { REFERENCE_VALUES, REFERENCE_VALUES_TYPE } from "./kinds/reference-values/kind.ts"
export { SIGNER_DOCUMENT } from "./kinds/signer-document/kind.ts"
export { STATUS_LIST } from "./kinds/status-list/kind.ts"
export { readRegistry } from "./kinds/trust-registry/body.ts"
export { TRUST_REGISTRY, TRUST_REGISTRY_TYPE } from "./kinds/trust-registry/kind.ts"
export { openItem } from "./open.ts"
