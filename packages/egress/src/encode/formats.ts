/** The forms that a decision can have, by the name that a setting says. A new one is a line here and a file beside. */
import { decisionLines } from "./decision.ts"
import type { Encoder } from "./encoder.ts"
import { type FormatOptions, type SiemFormat, siemEncoder } from "./siem/format.ts"
import { cef } from "./siem/formats/cef.ts"
import { cloudevents, cloudeventsBinary } from "./siem/formats/cloudevents.ts"
import { ecs } from "./siem/formats/ecs.ts"
import { hec } from "./siem/formats/hec.ts"
import { json } from "./siem/formats/json.ts"
import { leef } from "./siem/formats/leef.ts"
import { ocsf } from "./siem/formats/ocsf.ts"
import { otlp } from "./siem/formats/otlp.ts"
import { inSyslog, rfc5424 } from "./siem/formats/rfc5424.ts"

const SIEM: Readonly<Record<string, (options: FormatOptions) => SiemFormat>> = {
  json: () => json,
  ocsf,
  ecs,
  cef,
  leef,
  rfc5424,
  hec,
  cloudevents,
  "cloudevents-binary": cloudeventsBinary,
  otlp: () => otlp,
}

/** All that can be named; `decision` has the readings as well, and is what a file has by default. */
export const FORMATS: ReadonlyArray<string> = ["decision", ...Object.keys(SIEM)]

/** RFC 5424 section 6.1: a receiver should take 2,048 octets, and those that people run take 8,192. */
const SYSLOG_BYTES = 8_192
const LINE_BYTES = 32_766

/** @param name one of `FORMATS` @throws RangeError where it is none */
export const encoderOf = (name: string, options: FormatOptions): Encoder => {
  if (name === "decision") return decisionLines
  const format = SIEM[name]
  if (format === undefined) throw new RangeError(`no format ${name}`)
  return siemEncoder(format(options), options, name === "rfc5424" ? SYSLOG_BYTES : LINE_BYTES)
}

/** Each as one syslog message; `rfc5424` is one by itself. @throws RangeError where there is no such format of an event */
export const syslogEncoderOf = (name: string, options: FormatOptions, enterprise: number): Encoder => {
  const format = SIEM[name]
  if (format === undefined) throw new RangeError(`no format ${name}`)
  const wrapped = name === "rfc5424" ? rfc5424(options, enterprise) : inSyslog(format(options), options, enterprise)
  return siemEncoder(wrapped, options, SYSLOG_BYTES)
}
