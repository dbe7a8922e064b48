/** `npm run manifests`: writes the chart as plain manifests, a Kustomize base and overlays. A test holds the files to this. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join, relative, sep } from "node:path"
import { EXIT } from "@assay/settings"
import { type Command, main } from "../../local/command.ts"
import { SetupProblem } from "../../local/problem.ts"
import { hasHelm } from "../helm.ts"
import { OVERLAYS, type Overlay, type Tree, treeOf } from "./tree.ts"

export const MANIFESTS_DIR = join(import.meta.dirname, "../kustomize")

const PARTS = ["base", "overlays"]

/** Files below `base` and `overlays`, as a tree has them. */
const filesIn = (dir: string): ReadonlyArray<string> =>
  PARTS.filter((part) => existsSync(join(dir, part))).flatMap((part) =>
    readdirSync(join(dir, part), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll(sep, "/")),
  )

/** What differs between a directory and the tree, each with why. */
export const differencesIn = (dir: string, tree: Tree): ReadonlyArray<string> => [
  ...[...tree].flatMap(([path, text]) => {
    const file = join(dir, path)
    if (!existsSync(file)) return [`${path} is missing`]
    return readFileSync(file, "utf8") === text ? [] : [`${path} is out of date`]
  }),
  ...filesIn(dir)
    .filter((path) => !tree.has(path))
    .map((path) => `${path} belongs to nothing`),
]

/** @throws SetupProblem */
const ownOverlay = (file: string): Overlay => {
  if (!existsSync(file)) throw new SetupProblem(`--values names ${file}, and there is no such file`)
  const name = basename(file).replace(/^values-|\.ya?ml$/g, "")
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name))
    throw new SetupProblem(`--values names ${file}: call it after the overlay, values-NAME.yaml, of a-z, 0-9 and -`)
  return { name, rendering: { files: [file] } }
}

/** @throws SetupProblem with what Helm says of the values */
const rendered = (overlays: ReadonlyArray<Overlay>, values: string): Tree => {
  try {
    return treeOf(overlays)
  } catch (cause) {
    const { stderr } = cause as { readonly stderr?: unknown }
    if (values === "" || typeof stderr !== "string") throw cause
    // Of the links in the chart it speaks each time.
    const said = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("walk.go"))
    throw new SetupProblem(`${values}: ${said.join("\n")}`)
  }
}

const command: Command = {
  name: "manifests",
  summary: "Writes the Helm chart as plain manifests: a Kustomize base, and an overlay for each values file.",
  options: {
    values: {
      type: "string",
      value: "FILE",
      help: "an overlay of these values alone, as `helm install --values` takes them; with --out",
    },
    out: {
      type: "string",
      value: "DIR",
      help: "write base/ and overlays/ there (default: infra/kubernetes/kustomize)",
    },
    check: { type: "boolean", help: "write nothing, and end with 1 where files are out of date" },
  },
  async run(given) {
    if (!hasHelm()) throw new SetupProblem("there is no helm in the PATH: bash infra/ci/packages.sh builds it")
    const values = given.text("values")
    const out = given.text("out")
    if (values !== "" && out === "")
      throw new SetupProblem("--values goes with --out DIR: the overlays here are those of the chart's own values")
    const dir = out === "" ? MANIFESTS_DIR : out
    const tree = rendered(values === "" ? OVERLAYS : [ownOverlay(values)], values)
    const differences = differencesIn(dir, tree)
    const value = { dir, files: [...tree.keys()], differences }
    if (given.flag("check"))
      return { value, lines: differences, code: differences.length === 0 ? EXIT.ok : EXIT.failed }
    // What others have put into a directory of theirs stays.
    if (out === "") for (const path of filesIn(dir).filter((one) => !tree.has(one))) rmSync(join(dir, path))
    for (const [path, text] of tree) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), text)
    }
    return { value, lines: [`wrote ${tree.size} files below ${dir}`] }
  },
}

if (import.meta.main) await main(command)
