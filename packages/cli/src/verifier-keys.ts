/** The verifier keys that a call names: one file a log, as Go's `note` reads it, a directory of such files, or a key itself. */
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import {
  decodeVkey,
  decodeWitnessKey,
  NoteError,
  type Policy,
  parsePolicy,
  type VerifierKey,
  type WitnessKey,
} from "@assay/transparency"
import { LinkedFileError, readKeyFile } from "@assay/transparency/storage"
import { UsageError } from "./command.ts"
import { fileProblem, readInput } from "./files.ts"

const linesOf = (text: string): ReadonlyArray<string> =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")

/** The verifier keys in a text: one a line. @throws NoteError */
const keysIn = (text: string): ReadonlyArray<VerifierKey> => linesOf(text).map(decodeVkey)

/**
 * What `--key` names: a file with one verifier key, a directory of such files (one a log), or a key itself.
 * @returns keys, a line each
 * @throws UsageError
 */
export const readKeys = (given: string): string => {
  if (!existsSync(given)) return given
  const isDirectory = statSync(given).isDirectory()
  const files = isDirectory ? readdirSync(given).filter((name) => name.endsWith(".vkey")) : [given]
  if (files.length === 0) throw new UsageError(`${given} holds no verifier key (*.vkey)`)
  try {
    return files.map((name) => readKeyFile(isDirectory ? join(given, name) : name).trim()).join("\n")
  } catch (cause) {
    if (cause instanceof LinkedFileError) throw new UsageError(cause.message)
    throw new UsageError(`${given} cannot be read: ${fileProblem(cause)}`)
  }
}

/** The keys of this log among several: one, or those that follow each other. @param origin the log's name. @throws UsageError */
export const keysOf = (keys: string, origin: string): ReadonlyArray<VerifierKey> => {
  const found = logKeysIn(keys).filter(({ name }) => name === origin)
  if (found.length > 0) return found
  throw new UsageError(
    `--key holds no verifier key for ${origin}: copy vkeys/pNNN.vkey from a data directory that you trust`,
  )
}

/** What holds under one of the log's keys. @throws NoteError what is wrong under the first one */
export const byAnyKey = <Result>(keys: ReadonlyArray<VerifierKey>, open: (key: VerifierKey) => Result): Result => {
  let first: NoteError | null = null
  for (const key of keys) {
    try {
      return open(key)
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      first ??= cause
    }
  }
  throw first ?? new NoteError("vkey", "no key is known")
}

/** The keys of witnesses that a call names, as `readKeys` gives them. @throws UsageError */
export const witnessesIn = (keys: string): ReadonlyArray<WitnessKey> => {
  try {
    return linesOf(keys).map(decodeWitnessKey)
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause
    throw new UsageError(`--witness holds no verifier key of a witness: ${cause.message}`)
  }
}

/** The policy of logs and witnesses (C2SP tlog-policy) that a call names. @throws UsageError */
export const policyIn = (path: string): Policy => {
  try {
    return parsePolicy(readInput(path, "the policy of witnesses"))
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause
    throw new UsageError(`${path}: ${cause.message}`)
  }
}

/** The names of the logs whose keys these are. @throws UsageError */
export const logsOf = (keys: string): ReadonlyArray<string> => logKeysIn(keys).map(({ name }) => name)

/** The keys of logs that a call names, as `readKeys` gives them. @throws UsageError */
export const logKeysIn = (keys: string): ReadonlyArray<VerifierKey> => {
  try {
    return keysIn(keys)
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause
    throw new UsageError(`--key holds no verifier key: ${cause.message}`)
  }
}
