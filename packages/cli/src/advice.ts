/** What to do about messages that were withheld, by the reasons of their decisions. */
import { type Outcome, type ReasonCode, reasonInfo } from "@assay/trust"

/** One decision, as far as advice depends on it. */
export interface Withheld {
  readonly origin: string
  readonly outcome: Outcome
  readonly reasons: ReadonlyArray<string>
}

const again = "then send new messages, since a decision stays as it is"

/** Reasons with a remedy of their own; what happened with any other is for `assay explain` to say. */
const REMEDIES: Readonly<Record<string, string>> = {
  "credential.bundle_missing": `activate the trust bundle (assay bundle activate FILE --wait), ${again}`,
  "segmentation.policy_missing": `activate the policy (assay policy activate FILE --wait), ${again}`,
  "credential.bundle_expired": `sign and activate a later version of the trust bundle (assay bundle), ${again}`,
  "segmentation.policy_expired": `sign and activate a later version of the policy (assay policy), ${again}`,
  "credential.missing": `let the device show its credential (assay sign --present FILE | assay submit -), ${again}`,
  "identity.replayed": "nothing, if it was sent twice: the first copy counts",
  "anomaly.device_quarantined":
    "see why (assay device DID); operators end it (assay quarantine release DID --keys FILE,FILE)",
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
    .filter(([code]) => reasonInfo(code as ReasonCode).severity === "fail")
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_REASONS)
  return [
    `${withheld.length} of ${what} (${decisions.length}) withheld, that is quarantined or rejected:`,
    ...top.flatMap(([code, count]) => [
      `  ${count} for ${code}: ${reasonInfo(code as ReasonCode).text}`,
      ...(REMEDIES[code] === undefined ? [] : [`    to do: ${REMEDIES[code]}`]),
    ]),
    `more about the last one: assay explain ${last.origin}`,
  ]
}
