/**
 * `node schemas/src/generate/main.ts` writes the types and codecs that follow from the .avsc files; with `--check` it
 * writes nothing, names every file that does not follow from them, and exits with 1.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { codecModule, recordsOf } from "./codec.ts"
import { type Model, namesIn, reachable, readModel, unionsIn } from "./model.ts"
import { typesModule } from "./types.ts"

const root = new URL("../../../", import.meta.url)
const at = (path: string): URL => new URL(path, root)

const TRUST = "packages/trust/src/generated/"
const CODECS = "schemas/src/generated/"
const AVSC = "schemas/avsc/"

/** What these consist of is vocabulary of `@assay/trust`. The other records belong to the streams alone. */
const VOCABULARY = ["AssayedMessage", "AuditEvent"]

/** Where `@assay/trust` has the strings that may grow (`trustType`), seen from its generated module. */
const WORDS: Readonly<Record<string, string>> = {
  ReasonCode: "../reasons.ts",
  AuditKind: "../words.ts",
}

const wordModule = (name: string): string => {
  const from = WORDS[name]
  if (from === undefined) throw new Error(`no module of @assay/trust is known to have the trustType ${name}`)
  return from
}

/** The records that another file names, so that its module imports their functions. */
const sharedRecords = (model: Model): ReadonlySet<string> => {
  const shared = new Set<string>()
  for (const type of model.values()) {
    if (type.kind !== "record") continue
    for (const name of type.fields.flatMap(({ shape }) => namesIn(shape))) {
      if (model.get(name)!.file !== type.file) shared.add(name)
    }
  }
  return shared
}

/** Every generated file, by its path from the root of the workspace. */
const generate = (): ReadonlyMap<string, string> => {
  const model = readModel(at(AVSC))
  const ids = JSON.parse(readFileSync(at("schemas/ids.json"), "utf8")) as Record<string, number>
  const vocabulary = reachable(model, VOCABULARY)
  const others = new Set([...model.keys()].filter((name) => !vocabulary.has(name)))
  const unions = [...vocabulary].flatMap((name) => unionsIn(model.get(name)!).map((union) => union.name))
  const shown = new Set([...vocabulary, ...unions, ...Object.keys(WORDS)])
  const codecs = {
    moduleOf: (name: string) => (shown.has(name) ? "@assay/trust" : "./types.ts"),
    shared: sharedRecords(model),
    hasId: (file: string) => file in ids,
  }
  const files = new Map([
    [`${TRUST}records.ts`, typesModule(model, vocabulary, wordModule)],
    [`${CODECS}types.ts`, typesModule(model, others, () => "@assay/trust")],
  ])
  for (const file of new Set([...model.values()].map((type) => type.file))) {
    if (recordsOf(model, file).length === 0) continue
    files.set(`${CODECS}${file}.ts`, codecModule(model, file, codecs))
  }
  return files
}

const textOf = (path: string): string | null => {
  try {
    return readFileSync(at(path), "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null
    throw error
  }
}

const present = (directory: string): ReadonlyArray<string> => readdirSync(at(directory)).map((name) => directory + name)

const files = generate()
const drifted = [...files].filter(([path, text]) => textOf(path) !== text).map(([path]) => path)
for (const directory of [TRUST, CODECS]) mkdirSync(at(directory), { recursive: true })
const left = [...present(TRUST), ...present(CODECS)].filter((path) => !files.has(path))

if (process.argv.includes("--check")) {
  for (const path of drifted) console.error(`${path} does not follow from schemas/avsc: run npm run schemas:generate`)
  for (const path of left) console.error(`${path} follows from no file of schemas/avsc: run npm run schemas:generate`)
  process.exitCode = drifted.length + left.length === 0 ? 0 : 1
} else {
  for (const path of drifted) writeFileSync(at(path), files.get(path)!)
  for (const path of left) rmSync(at(path))
}
