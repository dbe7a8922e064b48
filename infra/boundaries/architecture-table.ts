/** ARCHITECTURE.md's table "Who may import whom", from the matrix. */
import matrix from "./matrix.json" with { type: "json" }

interface Row {
  readonly who: string
  readonly may?: ReadonlyArray<string>
  readonly mayNot?: ReadonlyArray<string>
  readonly services?: boolean
  readonly note: string
}

export const START = "<!-- npm run boundaries:table -->"
export const END = "<!-- end of the table -->"

const code = (names: ReadonlyArray<string>): string => names.map((name) => `\`${name}\``).join(", ")

const mayOf = (row: Row, exists: (name: string) => boolean): string => {
  if (row.may !== undefined) return code(row.may.filter(exists)) || "nothing"
  const but = (row.mayNot ?? []).filter(exists)
  if (row.services) return "every package and service"
  return `every package${but.length === 0 ? "" : ` but ${code(but)}`}`
}

/**
 * The table with its markers. A row or name whose package does not exist yet is left out.
 * @param exists whether a workspace, by the name of its directory, is there
 */
export const tableOf = (exists: (name: string) => boolean): string => {
  const rows = (matrix.rows as ReadonlyArray<Row>)
    .filter(({ who }) => who === "services/*" || exists(who.replace("packages/", "")))
    .map((row) => `| \`${row.who}\` | ${mayOf(row, exists)} | ${row.note} |`)
  const tools = matrix.tools.map((name) => `\`${name}\``).join(", ")
  return [
    START,
    "| sources of | may import, of this repository | note |",
    "|---|---|---|",
    ...rows,
    `| ${tools} | whatever they run and test | no source imports them |`,
    END,
  ].join("\n")
}

/** The page with the present table between its markers. Throws where the markers are missing. */
export const withTable = (page: string, table: string): string => {
  const [start, end] = [page.indexOf(START), page.indexOf(END)]
  if (start < 0 || end < start) throw new Error(`ARCHITECTURE.md: the markers ${START} and ${END} are missing`)
  return page.slice(0, start) + table + page.slice(end + END.length)
}
