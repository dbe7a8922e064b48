export type { Refused, TpmReason } from "./reason.ts"
export type { Quote } from "./tpm2/attest.ts"
export { type PublicArea, readPublicArea } from "./tpm2/public-area.ts"
export { type Signed, verifyCertification, verifyQuote } from "./tpm2/verify.ts"
