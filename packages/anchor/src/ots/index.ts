export { OtsAnchor, otsEvidence } from "./adapter.ts"
export { type OtsAnchored, readBitcoinHeader } from "./evidence.ts"
export { attestationsOf, formatFile as formatTimestamp, parseFile as parseTimestamp } from "./timestamp.ts"
