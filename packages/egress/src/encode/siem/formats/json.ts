/** A security event as one line of JSON, in the words of Assay: members may be added, none is renamed. */
import { safeJson } from "@assay/trust/kit"
import { rfc3339 } from "../../place.ts"
import type { SecurityEvent } from "../event.ts"
import type { SiemFormat } from "../format.ts"
import { nameOfSeverity } from "../severity.ts"

/** The members; formats that carry an event inside theirs have the same. */
export const jsonOf = (event: SecurityEvent) => {
  const { place, timeMs, severity, reasons, ...rest } = event
  return {
    ...rest,
    time: rfc3339(timeMs),
    timeMs,
    severity: nameOfSeverity(severity),
    severityId: severity,
    reasons: reasons.map((reason) => ({ ...reason, severity: nameOfSeverity(reason.severity) })),
    stream: place.stream,
    offset: place.offset,
  }
}

export const json: SiemFormat = {
  name: "json",
  mediaType: "application/x-ndjson",
  line: (event) => safeJson(jsonOf(event)),
}
