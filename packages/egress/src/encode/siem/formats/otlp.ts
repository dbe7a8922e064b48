/** A LogRecord of OTLP 1.x in its JSON encoding: 64-bit numbers as text, enums as numbers. The sink puts the request around. */
import { safeJson } from "@assay/trust/kit"
import { type SecurityEvent, techniquesOf } from "../event.ts"
import type { SiemFormat } from "../format.ts"
import { nameOfSeverity } from "../severity.ts"

/** INFO, INFO3, WARN, ERROR, FATAL of the logs data model. */
const NUMBER = { 1: 9, 2: 11, 3: 13, 4: 17, 5: 21 } as const

type Value = string | number | ReadonlyArray<string> | null

const anyValueOf = (value: Exclude<Value, null>): object => {
  if (typeof value === "string") return { stringValue: value }
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  return { arrayValue: { values: value.map((one) => ({ stringValue: one })) } }
}

const attributesOf = (event: SecurityEvent): ReadonlyArray<readonly [string, Value]> => [
  ["assay.key", event.key],
  ["assay.origin", event.origin],
  ["assay.outcome", event.outcome],
  ["assay.kind", event.kind],
  ["assay.disposition", event.disposition],
  ["device.id", event.device],
  ["assay.claimed", event.claimed],
  ["assay.reasons", event.reasons.map(({ code }) => code)],
  ["assay.techniques", techniquesOf(event).map(({ id }) => id)],
  ["assay.remedy", event.reasons[0]?.remedy ?? null],
  ["assay.zone", event.zone],
  ["device.manufacturer", event.subject?.vendor ?? null],
  ["device.model.name", event.subject?.class ?? null],
  ["assay.action", event.action],
  ["assay.audience", event.audience],
  ["assay.trust", event.trust],
  ["assay.reputation", event.reputation],
  ["assay.principal", event.principal],
  ["assay.detail", event.detail],
  ["assay.storm.count", event.storm?.count ?? null],
  ["assay.storm.last_key", event.storm?.lastKey ?? null],
]

export const otlp: SiemFormat = {
  name: "otlp",
  mediaType: "application/json",
  line: (event) => {
    const nanos = `${BigInt(event.timeMs) * 1_000_000n}`
    return safeJson({
      timeUnixNano: nanos,
      observedTimeUnixNano: nanos,
      severityNumber: NUMBER[event.severity],
      severityText: nameOfSeverity(event.severity),
      eventName: `assay.decision.${event.outcome}`,
      body: { stringValue: event.message },
      attributes: attributesOf(event)
        .filter((pair): pair is readonly [string, Exclude<Value, null>] => pair[1] !== null)
        .map(([key, value]) => ({ key, value: anyValueOf(value) })),
    })
  },
}
