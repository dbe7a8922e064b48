/** The table of docs/guides/passports.md: what a device says when it refuses, from its declaration in `@assay/passport`. */
import { EXPLAINED } from "@assay/passport/explain"

export const passportReasonTable = (): string =>
  [
    "| code | what to do |",
    "|---|---|",
    ...Object.entries(EXPLAINED).map(([code, text]) => `| \`${code}\` | ${text} |`),
  ].join("\n")
