export { OtsAnchor, otsEvidenceIn, stampedIn } from "./adapter.ts"
export { type OtsAnchored, readBitcoinHeader } from "./evidence.ts"
