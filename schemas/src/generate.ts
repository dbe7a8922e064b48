/**
 * `node schemas/src/generate.ts` writes types.ts from the .avsc files; with `--check` it writes nothing, names every file
 * that does not follow from them, and exits with 1.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { schemaOf } from "./load.ts"
import { declarations } from "./typescript.ts"

const at = (path: string): URL => new URL(`../${path}`, import.meta.url)

const textOf = (path: string): string | null => {
  try {
    return readFileSync(at(path), "utf8")
  } catch {
    return null
  }
}

const types = (): string => {
  const all = declarations()
  const names = readdirSync(at("avsc"))
    .filter((file) => file.endsWith(".avsc"))
    .map((file) => file.slice(0, -".avsc".length))
    .sort()
  for (const name of names) all.add(schemaOf(name))
  return all.text()
}

/** Every generated file, by its path in schemas/. */
export const generate = (): ReadonlyMap<string, string> => new Map([["src/types.ts", types()]])

/** The generated files that are not what the .avsc files say. */
export const drifted = (): ReadonlyArray<string> =>
  [...generate()].filter(([path, text]) => textOf(path) !== text).map(([path]) => `schemas/${path}`)

if (import.meta.main) {
  if (process.argv.includes("--check")) {
    const files = drifted()
    for (const file of files) console.error(`${file} does not follow from schemas/avsc: run npm run schemas:generate`)
    process.exitCode = files.length === 0 ? 0 : 1
  } else {
    for (const [path, text] of generate()) writeFileSync(at(path), text)
  }
}
