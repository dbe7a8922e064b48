export { type DsseReason, type DsseSigner, dsseSign, dsseVerify, MAX_ENVELOPE_BYTES } from "./dsse.ts"
export { isObject, type Json, type JsonObject, parseStrict, parseStrictObject } from "./json/strict.ts"
export { type CompactJws, type JwsHeader, parseCompact } from "./jws/compact/parse.ts"
export { signClaims } from "./jws/compact/sign.ts"
