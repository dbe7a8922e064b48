export type { Refused, TpmReason } from "./reason.ts"
export type { Quote } from "./tpm2/attest.ts"
export type { PublicArea } from "./tpm2/public-area.ts"
export { openPublicArea, type Signed, verifyCertification, verifyQuote } from "./tpm2/verify.ts"
