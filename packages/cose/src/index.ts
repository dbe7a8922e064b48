export {
  type CborFailure,
  type CborRules,
  decodeCbor,
  decodeTagged,
  isCborFailure,
  splitSequence,
} from "./cbor/decode.ts"
export { type Encodable, encodeCbor } from "./cbor/encode.ts"
export {
  type Cbor,
  type CborKey,
  type CborMap,
  Float,
  isArray,
  isBytes,
  isMap,
  Tagged,
  type TaggedCbor,
} from "./cbor/value.ts"
export { parseReceipt, type Receipt, type ReceiptProof, signReceipt } from "./receipt/receipt.ts"
export {
  parseSign1,
  SIGN1_TAG,
  type Sign1,
  type Sign1Failure,
  type Sign1Reason,
  type Sign1Rules,
  signingInputOf,
} from "./sign1/parse.ts"
export { type Sign1Options, signSign1, signSign1With } from "./sign1/sign.ts"
