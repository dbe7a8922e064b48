export { copyTiles } from "./copy.ts"
export {
  directoryTiles,
  entriesFrom,
  logDirectory,
  readCosigned,
  readEntry,
  readPublished,
  resumeBuilder,
  writeCosigned,
} from "./directory.ts"
export {
  makeDirectory,
  readOptional,
  removeFile,
  syncDirectory,
  TEMPORARY,
  writeAllDurable,
  writeDurable,
} from "./files.ts"
export { createKeyFile, readKeyFile, writeKeyFile } from "./key-files.ts"
export { type KeyReader, KeyStore, type OpenKeys } from "./keys.ts"
export { LinkedFileError, openUnlinked, refuseLinkedDirectories } from "./links.ts"
export { directoriesOfLine, olderDirectory, readSuccession, writeSuccession } from "./succession.ts"
export { type AuditRecord, type VerifyOptions, verifyDirectory } from "./verify/directory.ts"
export type { ErasureReader } from "./verify/erasures.ts"
export { type LogOfLine, verifyLine } from "./verify/line.ts"
export type { History, RecordedHead } from "./verify/marks.ts"
export type { Report } from "./verify/report.ts"
