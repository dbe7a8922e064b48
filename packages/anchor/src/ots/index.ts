export { OtsAnchor, otsEvidence } from "./adapter.ts"
export { type OtsAnchored, readBitcoinHeader } from "./evidence.ts"
