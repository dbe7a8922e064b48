/** What to do about messages that were withheld, by the reasons of their decisions. */
import { isReasonCode, type Outcome, reasonInfo } from "@assay/trust"
import { remedyOf, textOf } from "./explain/reason.ts"

/** One decision, as far as advice depends on it. */
export interface Withheld {
  readonly origin: string
  readonly outcome: Outcome
  readonly reasons: ReadonlyArray<string>
}

const MOST_REASONS = 3

const isWithheld = ({ outcome }: Withheld): boolean => outcome === "quarantined" || outcome === "rejected"

/**
 * Lines for people: how many were withheld, the most frequent reasons with what to do, and where more is reported. Empty where
 * none was. An annotated message was not withheld.
 * @param what what the decisions are of, for example `the messages`
 */
export const adviceOn = (decisions: ReadonlyArray<Withheld>, what: string): ReadonlyArray<string> => {
  const withheld = decisions.filter(isWithheld)
  const last = withheld.at(-1)
  if (last === undefined) return []
  const counts = new Map<string, number>()
  for (const { reasons } of withheld) for (const code of reasons) counts.set(code, (counts.get(code) ?? 0) + 1)
  const top = [...counts]
    .filter(([code]) => !isReasonCode(code) || reasonInfo(code).severity === "fail")
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_REASONS)
  return [
    `${withheld.length} of ${what} (${decisions.length}) withheld, that is quarantined or rejected:`,
    ...top.flatMap(([code, count]) => {
      const remedy = remedyOf(code)
      return [`  ${count} for ${code}: ${textOf(code)}`, ...(remedy === null ? [] : [`    to do: ${remedy}`])]
    }),
    `more about the last one: assay explain ${last.origin}`,
  ]
}
