/** Everything that is wrong with the imports of this repository, from one run of dependency-cruiser. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { tableOf, withTable } from "./architecture-table.ts"
import { circlesOf } from "./circles.ts"
import { type Cruise, ROOT } from "./cruise.ts"
import { undeclaredOf } from "./declared.ts"
import matrix from "./matrix.json" with { type: "json" }
import { workspacesOf } from "./workspaces.ts"

/** What is read: every workspace, with its tests. */
export const PLACES: ReadonlyArray<string> = ["packages", "services", "schemas", ...matrix.tools]
export const PAGE: string = join(ROOT, "ARCHITECTURE.md")

const workspaces = workspacesOf(ROOT)

/** ARCHITECTURE.md as it is, and as it should be. */
export const pages = (): { readonly page: string; readonly wanted: string } => {
  const page = readFileSync(PAGE, "utf8")
  const table = tableOf((name) => workspaces.has(`packages/${name}`) || workspaces.has(name))
  return { page, wanted: withTable(page, table) }
}

/** One sentence for each problem, with the files. Empty where all is well. */
export const problemsOf = ({ modules, summary }: Cruise): ReadonlyArray<string> => {
  const rows = new Set(matrix.rows.map(({ who }) => who))
  const { page, wanted } = pages()
  return [
    ...summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`),
    ...undeclaredOf(modules, workspaces).map((one) => `undeclared: ${one.from} imports ${one.imports}: ${one.advice}`),
    ...circlesOf(modules).map(
      ({ directory, members, imports }) =>
        `circle in ${directory}: ${members.join(", ")}${imports.map((one) => `\n    ${one}`).join("")}`,
    ),
    ...[...workspaces.keys()]
      .filter((place) => place.startsWith("packages/") && !rows.has(place))
      .map((place) => `${place} has no row in infra/boundaries/matrix.json`),
    ...(page === wanted ? [] : ["ARCHITECTURE.md shows another matrix: npm run boundaries:table"]),
  ]
}
