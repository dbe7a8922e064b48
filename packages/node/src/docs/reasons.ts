/** The tables of docs/guides/reasons.md: every reason code, from its declaration in `@assay/trust`. */
import { consequenceOf } from "@assay/detection"
import { type ReasonCode, type ReasonFamily, reasonInfo, reasonsOfFamily } from "@assay/trust"

const DOES = {
  quarantine: "quarantines at once",
  strike: "strike",
  message: "",
} as const satisfies Record<ReturnType<typeof consequenceOf>, string>

const escaped = (cell: string): string => cell.replaceAll("|", "\\|")

const trustOf = (code: ReasonCode): string => {
  const { weight } = reasonInfo(code)
  const moves = [
    ...(weight > 0 ? [String(weight)] : []),
    ...(DOES[consequenceOf(code)] ? [DOES[consequenceOf(code)]] : []),
  ]
  return moves.length === 0 ? "-" : moves.join(", ")
}

/** A Markdown table of the codes that begin with `family`. */
export const reasonTable = (family: ReasonFamily): string => {
  const rows = reasonsOfFamily(family).map((code) => {
    const { severity, attribution, text, remedy } = reasonInfo(code)
    return `| ${[`\`${code}\``, severity, attribution, trustOf(code), text, remedy].map(escaped).join(" | ")} |`
  })
  return [
    "| code | severity | about | trust | what happened | what to do |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n")
}
