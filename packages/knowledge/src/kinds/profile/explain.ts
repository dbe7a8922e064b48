/** What a profile changes, for people: each number that differs from another set of rules, and which way it goes. */
import { ACTIONS, type AgeRules, ageOf, type Profile, type ProfileRules } from "@assay/trust"
import { CLASS_AGES, FIELDS, type Field } from "./fields.ts"
import { formatDeclaration } from "./measurements.ts"

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

type Rules = ProfileRules & AgeRules

/** In the order of the fields, then by class. Where a class has no age of its own, that of `freshness` counts. */
export const changesOf = (before: Rules, after: Rules): ReadonlyArray<Change> => {
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
  return [...changes, ...changesOfClasses(before, after)]
}

const changesOfClasses = (before: Rules, after: Rules): ReadonlyArray<Change> => {
  const named = [...new Set([before, after].flatMap(({ classes = {} }) => Object.keys(classes)))].sort()
  return named.flatMap((name) =>
    ACTIONS.flatMap((act) => {
      const isOwn = [before, after].some(({ classes = {} }) => classes[name]?.[act] !== undefined)
      const [from, to] = [ageOf(before, name, act), ageOf(after, name, act)]
      if (!isOwn || from === to) return []
      const effect = effectOf(CLASS_AGES[act], from, to)
      return [{ key: `classes.${name}.${act}`, before: from, after: to, unit: "s", effect }]
    }),
  )
}

export const formatChange = ({ key, before, after, unit, effect }: Change): string =>
  `${key}: ${after} ${unit} instead of ${before}${effect === "other" ? "" : `: ${effect}`}`

type Declaring = Pick<Profile, "measurements" | "volatile" | "attest">

const changesOfVolatile = (
  { volatile: was = [] }: Declaring,
  { volatile: is = [] }: Declaring,
): ReadonlyArray<string> => [
  ...is
    .filter((one) => !was.includes(one))
    .map((one) => `volatile: ${one}: looser, a copy of a device is only contested`),
  ...was.filter((one) => !is.includes(one)).map((one) => `volatile: ${one}: no longer: tighter`),
]

const changesOfAttest = ({ attest: was = [] }: Declaring, { attest: is = [] }: Declaring): ReadonlyArray<string> => [
  ...is
    .filter((one) => !was.includes(one))
    .map((one) => `attest: ${one}: looser, affirmed hardware attests a claimed device in place of an operator`),
  ...was.filter((one) => !is.includes(one)).map((one) => `attest: ${one}: no longer: tighter`),
]

/** Declarations that one profile has and the other has not, one line each. They are compared as texts; their order counts too. */
export const changesOfDeclarations = (before: Declaring, after: Declaring): ReadonlyArray<string> => [
  ...changesOfMeasurements(before, after),
  ...changesOfVolatile(before, after),
  ...changesOfAttest(before, after),
]

const changesOfMeasurements = (before: Declaring, after: Declaring): ReadonlyArray<string> => {
  const [was, is] = [before, after].map(({ measurements = [] }) => measurements.map(formatDeclaration))
  const lines = [
    ...is!.filter((line) => !was!.includes(line)).map((line) => `measurements: ${line}: declared`),
    ...was!.filter((line) => !is!.includes(line)).map((line) => `measurements: ${line}: no longer declared`),
  ]
  const isReordered = lines.length === 0 && was!.some((line, n) => line !== is![n])
  return isReordered ? ["measurements: in another order: the first that matches counts"] : lines
}
