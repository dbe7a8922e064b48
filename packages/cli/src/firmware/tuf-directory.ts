/** A TUF repository as a directory of metadata, and what is remembered of it between two calls. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { TufFiles, TufState } from "@assay/firmware"
import { parseStrict } from "@assay/jose"
import { dictionary, integer, object, readShape, text } from "@assay/jose/shape"
import { UsageError } from "../command.ts"
import { readInput, writeOutput } from "../files.ts"

const shape = object({
  root: text(8 << 20, /^[A-Za-z0-9+/]+={0,2}$/, "base64"),
  timestamp: integer(),
  snapshot: integer(),
  listed: dictionary(/^.{1,256}$/, integer(), 1_024),
})

/** Names come from the specification, with versions in front: none leads out of the directory. */
export const tufFiles =
  (directory: string): TufFiles =>
  (name) => {
    const path = join(directory, name)
    return existsSync(path) ? readInput(path, "the TUF metadata") : null
  }

/**
 * What was trusted at the last call; at the first, the root that the call names.
 * @throws UsageError where there is neither, or the file is none of ours
 */
export const readTufState = (file: string, trustedRoot: string | null): TufState => {
  if (!existsSync(file)) {
    if (trustedRoot === null)
      throw new UsageError(`${file} is not there yet: name the root that you trust with --trusted-root FILE, once`)
    return { root: readInput(trustedRoot, "the trusted root"), timestamp: 0, snapshot: 0, listed: {} }
  }
  const json = parseStrict(readInput(file, "the state of the repository"))
  const read = "reason" in json ? [] : readShape(shape, json.value)
  if (!("value" in read))
    throw new UsageError(`${file} holds no state of a TUF repository; a lost one begins anew with --trusted-root`)
  return { ...read.value, root: Buffer.from(read.value.root, "base64") }
}

export const writeTufState = (file: string, state: TufState): void =>
  writeOutput(file, `${JSON.stringify({ ...state, root: Buffer.from(state.root).toString("base64") }, null, 2)}\n`)
