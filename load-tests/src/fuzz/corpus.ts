/** Inputs that were found once, kept as files: `load-tests/corpus/<target>/<first 16 digits of SHA-256>.bin`. */
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const CORPUS = fileURLToPath(new URL("../../corpus/", import.meta.url))

/** By file name, sorted. */
export const readCorpus = (target: string): ReadonlyMap<string, Uint8Array> => {
  const dir = join(CORPUS, target)
  if (!existsSync(dir)) return new Map()
  const files = readdirSync(dir).filter((file) => file.endsWith(".bin"))
  return new Map(files.sort().map((file) => [file, new Uint8Array(readFileSync(join(dir, file)))]))
}

/** @returns the path of the file */
export const keep = (target: string, bytes: Uint8Array): string => {
  const dir = join(CORPUS, target)
  mkdirSync(dir, { recursive: true })
  const path = join(dir, `${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}.bin`)
  writeFileSync(path, bytes)
  return path
}
