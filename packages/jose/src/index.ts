export {
  type DsseReason,
  type DsseSigner,
  dssePayload,
  dsseSign,
  dsseSignWith,
  dsseVerify,
  MAX_ENVELOPE_BYTES,
} from "./dsse.ts"
export { isObject, type Json, type JsonObject, parseStrict, parseStrictObject } from "./json/strict.ts"
export { wordOf } from "./json/words.ts"
export { type CompactJws, type JwsHeader, parseCompact, withoutLineEnd } from "./jws/compact/parse.ts"
export { signClaims, signClaimsWith, signTokenWith } from "./jws/compact/sign.ts"
export { kidOfKey, type RemoteKey } from "./remote-key.ts"
export { algOf, signDigest, signRaw } from "./sign.ts"
