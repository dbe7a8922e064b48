/** The claims of SECURITY.md: each row of the tables under `## Threats`, with the tests that its last cell names. */

export interface Claim {
  readonly claim: string
  /** Names of attacks of the fleet. */
  readonly attacks: ReadonlyArray<string>
  readonly tests: ReadonlyArray<{ readonly file: string; readonly titles: ReadonlyArray<string> }>
  /** What is left of the cell: nothing, where all of it was understood. */
  readonly rest: string
}

/** Abbreviated directories, as the page declares them: `**id** \`path\``. */
export const shortPathsOf = (page: string): ReadonlyMap<string, string> =>
  new Map([...page.matchAll(/\*\*(\w+)\*\* `([^`]+)`/g)].map(([, short, path]) => [short!, path!]))

/** `short \`file\` "title", "title"`, where `short` may be missing. */
const TEST = /(?:\b(\w+) )?`([\w./-]+\.test\.ts)`((?:,? "[^"]*")*)/g
const ATTACK = /`([a-z-]+)`/g
const REMARK = /\([^)]*\)/g

export const claimsOf = (page: string): ReadonlyArray<Claim> => {
  const short = shortPathsOf(page)
  const threats = /^## Threats$([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(page)?.[1] ?? ""
  return threats
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| threat "))
    .map((line) => {
      const cells = line.replace(/^\| | \|$/g, "").split(" | ")
      return claimOf(cells[0]!, cells.at(-1)!, short)
    })
}

const claimOf = (claim: string, cell: string, short: ReadonlyMap<string, string>): Claim => {
  const tests = [...cell.matchAll(TEST)].map(([, abbreviated, file, titles]) => ({
    file: abbreviated === undefined ? file! : `${short.get(abbreviated) ?? abbreviated}/${file}`,
    titles: [...titles!.matchAll(/"([^"]*)"/g)].map(([, title]) => title!),
  }))
  const others = cell.replace(TEST, "")
  const attacks = [...others.matchAll(ATTACK)].map(([, name]) => name!)
  const rest = others.replace(ATTACK, "").replace(REMARK, "").replace(/[;,]/g, "").trim()
  return { claim, attacks, tests, rest }
}

/** The texts of a source, as titles are named: a star for what a table of cases or a template fills in. */
export const literalsOf = (source: string): ReadonlySet<string> => {
  const literals = [...source.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
  return new Set(
    literals.map(([, plain, template]) => (plain ?? template!).replace(/\$\{[^}]*\}|%[a-z]|\$[a-z]+/g, "*")),
  )
}
