export { type CutOptions, cutSlice, DEFAULT_LIMITS } from "./cut.ts"
export { type Filter, filterOf } from "./filter.ts"
export { type IssuedPassport, type PassportTerms, signPassport, signSnapshot } from "./sign.ts"
