export { type DocumentKey, keysOf, type Relationship } from "./document/keys.ts"
export { type EthrName, parseEthr } from "./ethr/name.ts"
export {
  type EthrChange,
  type EthrDocument,
  type EthrHistory,
  isEthrHistory,
  MAX_CHANGES,
  verifyEthr,
} from "./ethr/verify.ts"
export type { DocumentFailure, DocumentReason } from "./failure.ts"
export {
  type DocumentInForce,
  decodeInForce,
  encodeInForce,
  type KeyFlaw,
  type KeyInForce,
  keptKey,
  keyInForce,
  MAX_ATTESTERS,
  shortOf,
  versionOf,
} from "./in-force.ts"
export { inputOf, without } from "./integrity/eddsa-jcs-2022.ts"
export { canonical } from "./jcs.ts"
export { type DocumentMethod, hasDocument, type Location, locate, methodOf } from "./location.ts"
export { MAX_DOCUMENT_BYTES, verifyWeb, type WebDocument } from "./web/verify.ts"
export { MAX_LOG_BYTES, verifyWebvh, type WebvhDocument, type WebvhLog, type WebvhVersion } from "./webvh/verify.ts"
export { MAX_WITNESS_BYTES } from "./webvh/witness.ts"
