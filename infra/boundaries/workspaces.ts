/** The workspaces of a tree and their manifests. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Manifest } from "./declared.ts"

/** By path from the root, for example `packages/trust`. */
export const workspacesOf = (root: string): ReadonlyMap<string, Manifest> => {
  const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { workspaces: Array<string> }
  const places = workspaces.flatMap((pattern) =>
    pattern.endsWith("/*")
      ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => `${pattern.slice(0, -1)}${name}`)
      : [pattern],
  )
  const found = new Map<string, Manifest>()
  for (const place of places) {
    const file = join(root, place, "package.json")
    if (existsSync(file)) found.set(place, JSON.parse(readFileSync(file, "utf8")))
  }
  return found
}
