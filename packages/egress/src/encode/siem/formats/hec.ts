/** The envelope of Splunk's HTTP Event Collector: time in seconds, and members that are indexed (`fields`) beside the event. */
import { safeJson } from "@assay/trust/kit"
import { techniquesOf } from "../event.ts"
import type { FormatOptions, SiemFormat } from "../format.ts"
import { nameOfSeverity } from "../severity.ts"
import { jsonOf } from "./json.ts"

export const hec = ({ host }: FormatOptions): SiemFormat => ({
  name: "hec",
  mediaType: "application/json",
  line: (event) => {
    const [reason] = event.reasons
    const [technique] = techniquesOf(event)
    return safeJson({
      time: event.timeMs / 1_000,
      host,
      source: `assay:${event.place.stream}`,
      sourcetype: "assay:decision",
      event: jsonOf(event),
      fields: {
        key: event.key,
        outcome: event.outcome,
        severity: nameOfSeverity(event.severity),
        ...(reason === undefined ? {} : { reason: reason.code }),
        ...(technique === undefined ? {} : { technique: technique.id }),
      },
    })
  },
})
