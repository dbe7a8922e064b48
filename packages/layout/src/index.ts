export { DamagedState, type Fault } from "./errors.ts"
export { type Field, mapped, nullable, text } from "./field.ts"
export { type ArrayOf, array, type ListOf, list } from "./list.ts"
export {
  encodedOnce,
  type StateOf,
  type ValueFields,
  type ValueLayout,
  type ValueOf,
  valueLayout,
} from "./object-layout.ts"
export { type DraftOf, type ReaderOf, type RecordFields, type RecordLayout, recordLayout } from "./record.ts"
export { bool, bytes, digest, f64, oneOf, type Scalar, safe, u8, u16, u32, u48 } from "./scalar.ts"
