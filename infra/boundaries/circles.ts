/**
 * Circles between directories. Of two that lie in one directory (subdirectories with all they hold, or files) neither may
 * lead back to the other. Dependency-cruiser's `scope: "folder"` cannot say this: it adds what a package's tests import to
 * the package, so that testkit closes a circle through everything. Types may know each other, as in `no-circles`.
 */
import type { Module } from "./cruise.ts"

export interface Circle {
  /** Where both ends lie. */
  readonly directory: string
  /** Names in it, sorted. One at least is a directory. */
  readonly members: ReadonlyArray<string>
  /** One import for each step, as `file -> file`. */
  readonly imports: ReadonlyArray<string>
}

/** For each directory: who leads to whom in it, with one import that says so. */
type Steps = Map<string, Map<string, string>>

const WORKSPACE = /^(?:packages|services)\/[^/]+\/src|^(?:schemas|testkit|load-tests)\/src|^infra|^test\/system/

const collect = (modules: ReadonlyArray<Module>): Map<string, Steps> => {
  const directories = new Map<string, Steps>()
  for (const { source, dependencies } of modules) {
    const place = WORKSPACE.exec(source)?.[0]
    if (place === undefined) continue
    for (const { resolved, dependencyTypes } of dependencies) {
      if (!resolved.startsWith(`${place}/`) || dependencyTypes.includes("type-only")) continue
      const from = source.split("/")
      const to = resolved.split("/")
      let depth = 0
      while (from[depth] === to[depth] && depth < from.length - 1) depth++
      const directory = from.slice(0, depth).join("/")
      const [one, other] = [from[depth]!, to[depth]!]
      if (one === other) continue
      const steps = directories.get(directory) ?? new Map<string, Map<string, string>>()
      directories.set(directory, steps)
      const next = steps.get(one) ?? new Map<string, string>()
      steps.set(one, next)
      if (!next.has(other)) next.set(other, `${source} -> ${resolved}`)
    }
  }
  return directories
}

const reachable = (steps: Steps, start: string): Set<string> => {
  const seen = new Set<string>()
  const open = [start]
  for (let name = open.pop(); name !== undefined; name = open.pop())
    for (const next of steps.get(name)?.keys() ?? [])
      if (!seen.has(next)) {
        seen.add(next)
        open.push(next)
      }
  return seen
}

/** Every set of siblings that reach each other, where a directory is among them. */
export const circlesOf = (modules: ReadonlyArray<Module>): ReadonlyArray<Circle> => {
  const circles: Array<Circle> = []
  for (const [directory, steps] of collect(modules)) {
    const reach = new Map([...steps.keys()].map((name) => [name, reachable(steps, name)]))
    const named = new Set<string>()
    for (const [name, ahead] of reach) {
      if (named.has(name) || !ahead.has(name)) continue
      const members = [...ahead].filter((other) => reach.get(other)?.has(name)).sort()
      for (const member of members) named.add(member)
      // Files that import each other are found by `no-circles`.
      if (members.every((member) => /\.[a-z]+$/.test(member))) continue
      const imports = members.flatMap((one) => members.flatMap((other) => steps.get(one)?.get(other) ?? []))
      circles.push({ directory, members, imports })
    }
  }
  return circles
}
