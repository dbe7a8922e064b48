/** What lies in an install, beside a bill of materials that shall name all of it. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

interface Named {
  readonly type: string
  readonly name: string
  readonly "bom-ref": string
}

/** `name@version` of every package in a directory's `node_modules` and those below; links, which are workspaces, left out. */
export const installedIn = (dir: string): ReadonlySet<string> => {
  const found = new Set<string>()
  const walk = (modules: string): void => {
    if (!existsSync(modules)) return
    for (const entry of readdirSync(modules, { withFileTypes: true })) {
      const path = join(modules, entry.name)
      if (!entry.isDirectory() || entry.name.startsWith(".")) continue
      if (entry.name.startsWith("@")) walk(path)
      else {
        const { name, version } = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as {
          readonly name: string
          readonly version: string
        }
        found.add(`${name}@${version}`)
        walk(join(path, "node_modules"))
      }
    }
  }
  walk(join(dir, "node_modules"))
  return found
}

/**
 * A sentence for each package that one of them has and the other lacks; empty where they agree.
 * @param mayLack `name@version` of what only other platforms install
 */
export const differencesOf = (
  components: ReadonlyArray<Named>,
  installed: ReadonlySet<string>,
  mayLack: ReadonlySet<string>,
): ReadonlyArray<string> => {
  const packages = components.filter(({ type, name }) => type === "library" && !name.startsWith("@assay/"))
  const named = new Set(packages.map((one) => one["bom-ref"]))
  return [
    ...[...installed].filter((one) => !named.has(one)).map((one) => `${one} is installed, and not in the bill`),
    ...[...named]
      .filter((one) => !installed.has(one) && !mayLack.has(one))
      .map((one) => `${one} is in the bill, and not installed`),
  ]
}
