/**
 * CloudEvents 1.0. Structured: attributes and data in one JSON object. Binary: the data alone, and the attributes in headers of
 * the transport, to which the sink gives the prefix that its binding has (`ce-` for HTTP, `ce_` for Kafka).
 */
import { safeJson } from "@assay/trust/kit"
import { rfc3339 } from "../../place.ts"
import type { SecurityEvent } from "../event.ts"
import type { FormatOptions, SiemFormat } from "../format.ts"
import { nameOfSeverity } from "../severity.ts"
import { jsonOf } from "./json.ts"

/** Names of attributes are lower-case letters and digits (section 3). */
const attributesOf = (event: SecurityEvent, { host }: FormatOptions): Readonly<Record<string, string>> => {
  const time = rfc3339(event.timeMs)
  return {
    specversion: "1.0",
    id: event.key,
    source: `//${encodeURIComponent(host)}/assay`,
    type: `org.assay.decision.${event.outcome}.v1`,
    ...(time === null ? {} : { time }),
    ...(event.device === null ? {} : { subject: event.device, partitionkey: event.device }),
    datacontenttype: "application/json",
    severity: nameOfSeverity(event.severity),
    outcome: event.outcome,
  }
}

export const cloudevents = (options: FormatOptions): SiemFormat => ({
  name: "cloudevents",
  mediaType: "application/cloudevents+json",
  line: (event) => safeJson({ ...attributesOf(event, options), data: jsonOf(event) }),
})

export const cloudeventsBinary = (options: FormatOptions): SiemFormat => ({
  name: "cloudevents-binary",
  mediaType: "application/json",
  line: (event) => safeJson(jsonOf(event)),
  attributes: (event) => attributesOf(event, options),
})
