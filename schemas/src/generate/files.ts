/** The files that follow from the .avsc files: types and codecs. `npm run schemas:generate` writes them, `schemas:check` holds them to it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { codecModule, recordsOf } from "./codec.ts"
import { type Model, namesIn, reachable, readModel, unionsIn } from "./model.ts"
import { typesModule } from "./types.ts"

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
const generate = (root: string): ReadonlyMap<string, string> => {
  const model = readModel(pathToFileURL(join(root, AVSC)))
  const ids = JSON.parse(readFileSync(join(root, "schemas/ids.json"), "utf8")) as Record<string, number>
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

const textOf = (root: string, path: string): string | null => {
  try {
    return readFileSync(join(root, path), "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null
    throw error
  }
}

const present = (root: string, directory: string): ReadonlyArray<string> =>
  readdirSync(join(root, directory)).map((name) => directory + name)

export interface Drift {
  /** Files that do not follow from the .avsc files, with the text that does. */
  readonly drifted: ReadonlyMap<string, string>
  /** Generated files that follow from none of them. */
  readonly left: ReadonlyArray<string>
}

/**
 * What generating would change, by paths from the root of the workspace; changes no file.
 * @throws Error that names the schema which no codec can be made for
 */
export const driftOf = (root: string): Drift => {
  const files = generate(root)
  for (const directory of [TRUST, CODECS]) mkdirSync(join(root, directory), { recursive: true })
  return {
    drifted: new Map([...files].filter(([path, text]) => textOf(root, path) !== text)),
    left: [...present(root, TRUST), ...present(root, CODECS)].filter((path) => !files.has(path)),
  }
}

/** Makes all files follow. */
export const settle = (root: string, { drifted, left }: Drift): void => {
  for (const [path, text] of drifted) writeFileSync(join(root, path), text)
  for (const path of left) rmSync(join(root, path))
}
