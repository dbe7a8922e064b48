/** The settings as text: tables for the guide, lines for `assay run --help`. */
import { SETTINGS } from "./list/index.ts"
import type { Part, Setting, Takes } from "./setting.ts"

const number = (value: number): string => value.toLocaleString("en-US")

const rangeOf = (takes: Takes): string => {
  if (takes.kind === "whole") return `${number(takes.minimum)} to ${number(takes.maximum)}`
  if (takes.kind === "choice") return takes.values.map((value) => `\`${value}\``).join(", ")
  return takes.form
}

const defaultOf = ({ fallback, shown }: Setting<unknown>): string => {
  if (shown !== undefined) return shown
  if (fallback === null) return "none"
  return fallback === "" ? "empty" : `\`${String(fallback)}\``
}

const escaped = (cell: string): string => cell.replaceAll("|", "\\|")

/** A Markdown table of one part. */
export const settingsTable = (part: Part): string => {
  const rows = SETTINGS.filter((setting) => setting.part === part).map((setting) => {
    const { key, about, more, secret, takes } = setting
    const meaning = [
      about,
      ...(more === undefined ? [] : [more]),
      ...(secret ? [`Secret: shown nowhere; or \`${key}_FILE\` names the file that holds it`] : []),
    ]
    return `| \`${key}\` | ${[defaultOf(setting), rangeOf(takes), meaning.join(". ")].map(escaped).join(" | ")} |`
  })
  return ["| key | default | takes | meaning |", "|---|---|---|---|", ...rows].join("\n")
}

const HELP_WIDTH = 30

/** One line for each setting of these parts: key, first sentence, default. */
export const settingsHelp = (parts: ReadonlyArray<Part>): string =>
  SETTINGS.filter(({ part }) => parts.includes(part))
    .map((setting) => {
      const standard = setting.fallback === "" ? "" : ` (default ${defaultOf(setting)})`
      return `  ${setting.key.padEnd(HELP_WIDTH)}${setting.about}${standard}`.replaceAll("`", "")
    })
    .join("\n")

/**
 * Puts each table between its marks, `<!-- NAME -->` and `<!-- /NAME -->`.
 * @throws RangeError where a mark is missing
 */
export const withTables = (page: string, tables: Readonly<Record<string, string>>): string =>
  Object.entries(tables).reduce((text, [name, table]) => {
    const [before, rest] = split(text, `<!-- ${name} -->\n`)
    const [, after] = split(rest, `<!-- /${name} -->`)
    return `${before}<!-- ${name} -->\n${table}\n<!-- /${name} -->${after}`
  }, page)

const split = (text: string, mark: string): readonly [before: string, after: string] => {
  const at = text.indexOf(mark)
  if (at < 0) throw new RangeError(`the page has no mark ${mark.trim()}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}
