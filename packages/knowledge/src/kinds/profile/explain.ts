/** What a profile changes, for people: each number that differs from another set of rules, and which way it goes. */
import type { ProfileRules } from "@assay/trust"
import { FIELDS, type Field } from "./fields.ts"

export interface Change {
  /** For example `freshness.command`. */
  readonly key: string
  readonly before: number
  readonly after: number
  readonly unit: string
  /** `looser` lets more pass or contains less. */
  readonly effect: "looser" | "tighter" | "other"
}

const effectOf = ({ loosens }: Field, before: number, after: number): Change["effect"] =>
  loosens === "none" ? "other" : after > before === (loosens === "up") ? "looser" : "tighter"

/** In the order of the fields. */
export const changesOf = (before: ProfileRules, after: ProfileRules): ReadonlyArray<Change> => {
  const changes: Array<Change> = []
  for (const [section, fields] of Object.entries(FIELDS)) {
    const [was, is] = [before, after].map(
      (rules) => rules[section as keyof ProfileRules] as unknown as Readonly<Record<string, number>>,
    )
    for (const [name, field] of Object.entries<Field>(fields)) {
      const [from, to] = [was![name]!, is![name]!]
      if (from === to) continue
      const effect = effectOf(field, from, to)
      changes.push({ key: `${section}.${name}`, before: from, after: to, unit: field.unit, effect })
    }
  }
  return changes
}

export const formatChange = ({ key, before, after, unit, effect }: Change): string =>
  `${key}: ${after} ${unit} instead of ${before}${effect === "other" ? "" : `: ${effect}`}`
