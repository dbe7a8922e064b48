export {
  AheadOfClockError,
  DataDirError,
  FencedError,
  ForbiddenError,
  LogEndedError,
  LogSetupError,
  LostRecordsError,
  StorageError,
  TakenOverError,
  UnavailableError,
} from "./errors.ts"
export { lagOf, shownBounds, shownUnread } from "./lag.ts"
export { refuseLost } from "./lost-records.ts"
export { type ErrorClass, type PackedError, packError, unpackError } from "./packed-error.ts"
export { partitionOf } from "./partition.ts"
export {
  type Absent,
  type Cells,
  type Commit,
  type Headers,
  type Log,
  type LogRecord,
  type Membership,
  MORE_HEADERS,
  type NewRecord,
  type Output,
  type StreamPartition,
  type Traits,
  UNPACKABLE,
} from "./port.ts"
export { recordsIn } from "./records-in.ts"
export { sameCell } from "./same-cell.ts"
