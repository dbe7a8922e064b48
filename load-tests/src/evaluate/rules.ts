/** Rules of a profile that differ from the defaults, as a call names them: `detectors.reportSurprise=12,containment.enter=0.8`. */
import { UsageError } from "@assay/cli/command"
import { PROFILE } from "@assay/knowledge"
import { didYouMean } from "@assay/settings"
import { DEFAULT_RULES, type ProfileRules } from "@assay/trust"

const PARTS = ["detectors", "containment"] as const
type Part = (typeof PARTS)[number]

const KEYS = PARTS.flatMap((part) => Object.keys(DEFAULT_RULES[part]).map((key) => `${part}.${key}`))

/** @throws UsageError that names what is no rule or no number */
const change = (rules: ProfileRules, name: string, text: string): ProfileRules => {
  if (!KEYS.includes(name)) throw new UsageError(`there is no rule ${JSON.stringify(name)}${didYouMean(name, KEYS)}`)
  const value = Number(text)
  if (text.trim() === "" || !Number.isFinite(value))
    throw new UsageError(`${name} takes a number, not ${JSON.stringify(text)}`)
  const [part, key] = name.split(".") as [Part, string]
  return { ...rules, [part]: { ...rules[part], [key]: value } }
}

const pairOf = (text: string): readonly [name: string, value: string] => {
  const at = text.indexOf("=")
  if (at < 0) throw new UsageError(`${JSON.stringify(text)} is no NAME=NUMBER, for example detectors.reportSurprise=12`)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** Rules that no profile could have are refused as a profile would be. @throws UsageError */
const checked = (rules: ProfileRules): ProfileRules => {
  const profile = Buffer.from(JSON.stringify({ version: 1, issued: 0, expires: 1, ...rules }))
  const { problems } = PROFILE.plain.read(profile, { file: "these rules" })
  if (problems.length > 0) throw new UsageError(problems.join("\n"))
  return rules
}

/** @throws UsageError */
export const rulesOf = (text: string | null): ProfileRules =>
  text === null
    ? DEFAULT_RULES
    : checked(text.split(",").reduce((rules, one) => change(rules, ...pairOf(one)), DEFAULT_RULES))

const MOST_CANDIDATES = 256

export interface Candidate {
  readonly name: string
  readonly rules: ProfileRules
}

/**
 * Every combination of `NAME=NUMBER/NUMBER/...`, separated by commas; the given rules alone where there is nothing to fit.
 * @throws UsageError
 */
export const candidatesOf = (rules: ProfileRules, fit: string | null): ReadonlyArray<Candidate> => {
  let candidates: ReadonlyArray<Candidate> = [{ name: "as given", rules }]
  for (const part of fit === null ? [] : fit.split(",")) {
    const [name, values] = pairOf(part)
    candidates = candidates.flatMap((before) =>
      values.split("/").map((value) => ({
        name: `${before.name === "as given" ? "" : `${before.name} `}${name}=${value}`,
        rules: change(before.rules, name, value),
      })),
    )
    if (candidates.length > MOST_CANDIDATES)
      throw new UsageError(`--fit makes ${candidates.length} combinations; at most ${MOST_CANDIDATES} are tried`)
  }
  for (const candidate of candidates) checked(candidate.rules)
  return candidates
}
