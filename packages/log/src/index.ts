export type { EmbeddedOptions } from "./embedded/open.ts"
export { openEmbedded } from "./embedded/open.ts"
export {
  DataDirError,
  FencedError,
  ForbiddenError,
  LogSetupError,
  LostRecordsError,
  StorageError,
  TakenOverError,
  UnavailableError,
} from "./errors.ts"
export { lagOf } from "./lag.ts"
export { refuseLost } from "./lost.ts"
export { partitionOf } from "./partition.ts"
export type {
  Absent,
  Cells,
  Commit,
  Headers,
  Log,
  LogRecord,
  Membership,
  NewRecord,
  Output,
  StreamPartition,
  Traits,
} from "./port.ts"
export { UNPACKABLE } from "./port.ts"
export type { StreamName } from "./streams.ts"
export { changelogOf, STAGE_STREAMS, STREAMS } from "./streams.ts"
