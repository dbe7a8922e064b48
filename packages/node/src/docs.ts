/** The tables of the guides that come from code. `npm run docs:generate` (infra/generate) writes them; a test holds the pages to them. */
import type { Part } from "@assay/settings"
import { settingsTable, withTables } from "@assay/settings/tables"
import { REASON_FAMILIES } from "@assay/trust"
import { passportReasonTable } from "./docs/passport-reasons.ts"
import { reasonTable } from "./docs/reasons.ts"
import { eventTable } from "./events/advice.ts"

const PARTS: ReadonlyArray<Part> = [
  "node",
  "log",
  "kafka",
  "registry",
  "http",
  "telemetry",
  "read-model",
  "egress",
  "mqtt",
  "onem2m",
  "anchor",
  "command",
]

export interface Page {
  /** From the root of the repository. */
  readonly path: string
  readonly write: (page: string) => string
}

export const PAGES: ReadonlyArray<Page> = [
  {
    path: "docs/guides/configuration.md",
    write: (page) =>
      withTables(page, Object.fromEntries(PARTS.map((part) => [`settings: ${part}`, settingsTable(part)]))),
  },
  {
    path: "docs/guides/observability.md",
    write: (page) => withTables(page, { "events of a node": eventTable() }),
  },
  {
    path: "docs/guides/passports.md",
    write: (page) => withTables(page, { "reasons of passports": passportReasonTable() }),
  },
  {
    path: "docs/guides/reasons.md",
    write: (page) =>
      withTables(
        page,
        Object.fromEntries(REASON_FAMILIES.map((family) => [`reasons: ${family}`, reasonTable(family)])),
      ),
  },
]

/** What the log lines of a node tell whoever was woken, by code. */
export { ADVICE } from "./events/advice.ts"
