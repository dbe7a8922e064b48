/**
 * Whether what a file imports stands in the package.json of its workspace. Dependency-cruiser does not see it: npm hoists
 * every package to the root and links workspaces, so that an undeclared one resolves too.
 */
import type { Dependency, Module } from "./cruise.ts"
import matrix from "./matrix.json" with { type: "json" }

export interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export interface Undeclared {
  readonly from: string
  readonly imports: string
  /** What to change. */
  readonly advice: string
}

const workspaceOf = (path: string, workspaces: ReadonlyMap<string, Manifest>): string | null => {
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    const place = path.slice(0, at)
    if (workspaces.has(place)) return place
  }
  return null
}

/** `@scope/name` or `name`, without what follows. */
const packageOf = (specifier: string): string => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/")

/** Sources that a production install runs. Workspaces of tools are for development as a whole. */
const inProduction = (file: string, workspace: string): boolean =>
  !matrix.tools.some((tool) => workspace === tool || workspace.startsWith(`${tool}/`)) &&
  file.startsWith(`${workspace}/src/`) &&
  !matrix.development.some((place) => file.startsWith(place))

/** Erased, or asked for at run time by code that must say what is missing. */
const optional = ({ dependencyTypes, dynamic }: Dependency): boolean => dynamic || dependencyTypes.includes("type-only")

/**
 * @param workspaces manifests by the path of their workspace
 * @returns one entry for each import that is not declared, or that reaches into another workspace by path
 */
export const undeclaredOf = (
  modules: ReadonlyArray<Module>,
  workspaces: ReadonlyMap<string, Manifest>,
): ReadonlyArray<Undeclared> =>
  modules.flatMap(({ source, dependencies }) => {
    const workspace = workspaceOf(source, workspaces)
    if (workspace === null || source.includes("node_modules/")) return []
    const manifest = workspaces.get(workspace)!
    return dependencies.flatMap((dependency): ReadonlyArray<Undeclared> => {
      const { module, resolved, dependencyTypes } = dependency
      const problem = (advice: string) => [{ from: source, imports: module, advice }]
      if (module.startsWith(".")) {
        const theirs = workspaceOf(resolved, workspaces)
        return theirs === workspace || theirs === null ? [] : problem("import it by the name of its package")
      }
      const name = packageOf(module)
      if (dependencyTypes.includes("core") || name === manifest.name) return []
      if (manifest.dependencies?.[name] !== undefined) return []
      if (manifest.devDependencies?.[name] === undefined) return problem(`declare ${name} in ${workspace}/package.json`)
      return !inProduction(source, workspace) || optional(dependency)
        ? []
        : problem(`move ${name} from devDependencies to dependencies in ${workspace}/package.json`)
    })
  })
