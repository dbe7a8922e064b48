/**
 * IBM QRadar Log Event Extended Format 2.0: five parts between pipes, the delimiter, then `key=value` with that delimiter between.
 * Not the tab that is usual: relays such as rsyslog write a tab in another way. The format has no escape, so the delimiter is
 * spelt as other marks of an event are; a key ends at the first `=`. The header holds words of Assay alone.
 */
import { rfc3339 } from "../../place.ts"
import { codeOf, reasonCodesOf, type SecurityEvent, techniqueIdsOf } from "../event.ts"
import type { FormatOptions, SiemFormat } from "../format.ts"

const DELIMITER = "^"

const inValue = (value: string | number): string => String(value).replaceAll(DELIMITER, "\\u{5e}")

/** 1 to 10. */
const SEVERITY = { 1: 1, 2: 3, 3: 6, 4: 8, 5: 10 } as const

const attributesOf = (event: SecurityEvent): ReadonlyArray<readonly [string, string | number | null]> => [
  ["devTime", rfc3339(event.timeMs)],
  ["devTimeFormat", "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"],
  ["cat", event.outcome],
  ["sev", SEVERITY[event.severity]],
  ["usrName", event.device],
  ["resource", event.audience],
  ["policy", event.zone],
  ["eventKey", event.key],
  ["disposition", event.disposition],
  ["reasons", reasonCodesOf(event)],
  ["technique", techniqueIdsOf(event)],
  ["claimedSender", event.claimed],
  ["action", event.action],
  ["trust", event.trust],
  ["reputation", event.reputation],
  ["deviceVendor", event.subject?.vendor ?? null],
  ["deviceClass", event.subject?.class ?? null],
  ["principal", event.principal],
  ["eventCount", event.storm?.count ?? null],
  ["lastKey", event.storm?.lastKey ?? null],
  ["remedy", event.reasons[0]?.remedy ?? null],
  ["msg", event.message],
]

export const leef = ({ version }: FormatOptions): SiemFormat => ({
  name: "leef",
  mediaType: "text/plain",
  line: (event) => {
    const attributes = attributesOf(event)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => `${key}=${inValue(value!)}`)
    return `LEEF:2.0|Assay|Assay|${version}|${codeOf(event)}|${DELIMITER}|${attributes.join(DELIMITER)}`
  },
})
