/**
 * A version of Assay after this one, which does not exist yet: the sources of this tree in a directory of their own, with one thing
 * changed that versions change: a judge, the layout of a state, the schema of a record, the format of a data directory.
 */
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { SCHEMA_IDS, schemaOf } from "@assay/schemas"
import { driftOf, settle } from "@assay/schemas/generate"

const ROOT = fileURLToPath(new URL("../../../", import.meta.url))
const COPIED = ["packages", "services", "schemas"]
/** The id of an entry with the newer schema, where no registry gives one. */
export const LATER_ENTRY = 990

/** @throws Error where the tree has no such text any more: the change would be none */
const change = (dir: string, file: string, from: string | RegExp, to: string): void => {
  const path = join(dir, file)
  const text = readFileSync(path, "utf8")
  const changed = text.replace(from, to)
  if (changed === text) throw new Error(`${file} has no ${from}: the next version is to be written anew`)
  writeFileSync(path, changed)
}

/** integrity-hasher has a second judge, which doubts everything. */
const logic = (dir: string): void => {
  const stage = "services/integrity-hasher/src/stage.ts"
  change(
    dir,
    stage,
    "/** The stage.",
    `const SECOND: typeof LOGIC = {
  ...LOGIC,
  judge: (...given) => {
    const judged = LOGIC.judge(...given)
    if (judged.rejection !== undefined) return judged
    return { ...judged, verdict: { ...judged.verdict, outcome: "warn", reasons: ["integrity.chain_gap"], logic: 2 } }
  },
}

/** The stage.`,
  )
  change(dir, stage, "[[LOGIC_VERSION, LOGIC]]", "[[LOGIC_VERSION, LOGIC], [2, SECOND]]")
}

/** The state of integrity-hasher has a field more, and states of before are brought over. */
const layout = (dir: string): void =>
  change(
    dir,
    "services/integrity-hasher/src/state.ts",
    /export const LAYOUT = (recordLayout\(\{ name: "[^"]*", version: \d+, fields: FIELDS \}\))/,
    `const BEFORE = $1
export const LAYOUT = recordLayout({
  name: BEFORE.name,
  version: 99,
  fields: { ...FIELDS, later: u32() },
  former: { layout: BEFORE, bring: (before, draft) => void (draft.later = before.known) },
})`,
  )

/** An envelope has a field more, with a default, as schemas/README.md wants it. */
const schema = (dir: string): void => {
  const own = ', "doc": "The authenticated principal that submitted it, or null." }'
  const field = '{ "name": "region", "type": ["null", "string"], "default": null, "doc": "Where it came in." }'
  change(dir, "schemas/avsc/envelope.avsc", own, `${own},\n    ${field}`)
  change(dir, "schemas/ids.json", /"entry": \d+/, `"entry": ${LATER_ENTRY}`)
  change(dir, "schemas/ids.json", /"assayed-message": \d+/, '"assayed-message": 991')
  settle(dir, driftOf(dir))
  change(dir, "schemas/src/generated/envelope.ts", "value.region", "value.region ?? null")
  // The ids of before stay readable, as the rules want it where there is no registry.
  const former = (["entry", "assayed-message"] as const).map((name) => {
    const text = JSON.stringify(JSON.stringify(schemaOf(name)))
    return `later("${name}").others.set(${SCHEMA_IDS[name]}, converter("${name}", ${text}))`
  })
  const imports = [
    'import { boundSchema as later } from "./ids/bound.ts"',
    'import { converter } from "./resolve/convert.ts"',
  ]
  appendFileSync(join(dir, "schemas/src/index.ts"), `${[...imports, ...former].join("\n")}\n`)
}

const format = (dir: string): void => change(dir, "packages/log/src/embedded/datadir.ts", /FORMAT = \d+/, "FORMAT = 99")

const CHANGES = { logic, layout, schema, format } as const

/**
 * @param dir is made
 * @returns the sources of its `assay`
 */
export const nextVersion = (dir: string, changed: keyof typeof CHANGES): string => {
  mkdirSync(dir)
  for (const name of COPIED)
    cpSync(join(ROOT, name), join(dir, name), {
      recursive: true,
      filter: (path) => !["node_modules", "test", "bench", "golden"].includes(basename(path)),
    })
  cpSync(join(ROOT, "package.json"), join(dir, "package.json"))
  // Its own packages, and the dependencies of this tree.
  const modules = join(ROOT, "node_modules")
  mkdirSync(join(dir, "node_modules"))
  for (const name of readdirSync(modules))
    if (name !== "@assay") symlinkSync(join(modules, name), join(dir, "node_modules", name))
  cpSync(join(modules, "@assay"), join(dir, "node_modules", "@assay"), { recursive: true, verbatimSymlinks: true })
  CHANGES[changed](dir)
  return join(dir, "packages/cli/src/main.ts")
}
