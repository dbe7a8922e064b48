/** Reason codes for people: what each says, and what to do about it. All of it is declared in `@assay/trust`. */
import { type Consequence, consequenceOf } from "@assay/detection"
import { didYouMean } from "@assay/settings"
import {
  type Attribution,
  isReasonCode,
  REASON_FAMILIES,
  REASONS,
  type ReasonCode,
  reasonInfo,
  SERVICE_NAMES,
  STAGES,
} from "@assay/trust"
import { escapeControls } from "@assay/trust/kit"
import { UsageError } from "../command.ts"

const ABOUT = {
  device: "about the device",
  unproven: "about nobody: anybody could have caused it",
  knowledge: "about our own knowledge",
  issuer: "about an issuer, or who signed our knowledge",
} as const satisfies Record<Attribution, string>

const SAYS = {
  warn: "warn: the message is at most annotated",
  fail: "fail: the message, or the command, is withheld",
}

/** The sentence of a code; that of a later version has none here. */
export const textOf = (code: string): string =>
  isReasonCode(code) ? reasonInfo(code).text : "not known to this version of assay"

/** One line for a verdict's reason. */
export const reasonLine = (code: string): string => {
  if (!isReasonCode(code)) return `${escapeControls(code)}: ${textOf(code)}`
  const { severity, attribution, text } = reasonInfo(code)
  return `${code} (${severity}, about ${attribution === "device" ? "the device" : attribution}): ${text}`
}

/** What to do about it; null for a code of a later version. */
export const remedyOf = (code: string): string | null => (isReasonCode(code) ? reasonInfo(code).remedy : null)

export interface ExplainedReason {
  readonly code: ReasonCode
  /** Who names it: a service, `control` or `engine`. */
  readonly by: string
  readonly severity: "warn" | "fail"
  readonly attribution: Attribution
  readonly weight: number
  readonly does: Consequence["does"] | "message"
  readonly text: string
  readonly remedy: string
}

const CODES = Object.keys(REASONS) as ReadonlyArray<ReasonCode>

/** Codes whose second half is the word: somebody left the stage out. */
const withName = (word: string): ReadonlyArray<ReasonCode> => CODES.filter((code) => code.split(".")[1] === word)

const unknown = (code: string): UsageError => {
  const named = withName(code)
  const meant = named.length > 0 ? ` (did you mean ${named.join(" or ")}?)` : didYouMean(code, CODES)
  return new UsageError(
    `there is no reason code ${JSON.stringify(code)}${meant}; docs/guides/reasons.md lists them, docs/guides/http-api.md those of HTTP answers, docs/guides/observability.md those of log lines`,
  )
}

/** @throws UsageError that names what was probably meant */
export const explainReason = (code: string): ExplainedReason => {
  if (!isReasonCode(code)) throw unknown(code)
  const { severity, attribution, weight, text, remedy } = reasonInfo(code)
  const family = REASON_FAMILIES.find((one) => code.startsWith(`${one}.`))!
  const stage = STAGES.find((one) => one === family)
  const by = stage === undefined ? family : SERVICE_NAMES[stage]
  return { code, by, severity, attribution, weight, does: consequenceOf(code), text, remedy }
}

const DOES = {
  quarantine: "quarantines the device at once",
  strike: "a strike: three within an hour quarantine the device, by the default profile",
}

export const reasonPage = ({
  code,
  by,
  severity,
  attribution,
  weight,
  does,
  text,
  remedy,
}: ExplainedReason): ReadonlyArray<string> => [
  `${code}: ${text}`,
  `  named by  ${by === "control" ? "whoever judges control entries" : by === "engine" ? "the engine" : by}`,
  `  severity  ${SAYS[severity]}`,
  `  speaks    ${ABOUT[attribution]}`,
  ...(weight > 0 ? [`  weighs    ${weight} of 1 on the device's reputation`] : []),
  ...(does === "message" ? [] : [`  does      ${DOES[does]}`]),
  `  to do     ${remedy}`,
]
