/**
 * Syslog messages of RFC 5424. By itself: the event in structured data, and its sentence as MSG. Around another format: the
 * header and the key in structured data, and that format's line as MSG.
 */
import { rfc3339 } from "../../place.ts"
import { codeOf, reasonCodesOf, type SecurityEvent, techniqueIdsOf } from "../event.ts"
import type { FormatOptions, SiemFormat } from "../format.ts"
import { nameOfSeverity } from "../severity.ts"

/** security/authorization messages (section 6.2.1); where Debian's rsyslog keeps what is not for everybody's eyes. */
const FACILITY = 10

/** informational, notice, warning, error, critical. */
const LEVEL = { 1: 6, 2: 5, 3: 4, 4: 3, 5: 2 } as const

/** RFC 5612 keeps this number for examples; who has a number of their own names it. */
export const EXAMPLE_ENTERPRISE = 32_473

/** Section 6: printable ASCII without a space, bounded; `-` where nothing is left. */
const word = (text: string, characters: number): string => text.replace(/[^\x21-\x7e]/g, "").slice(0, characters) || "-"

/** Section 6.3.3: `"`, `\` and `]` are escaped. */
const parameter = (text: string): string => text.replace(/["\\\]]/g, "\\$&")

type Parameters = ReadonlyArray<readonly [name: string, value: string | number | null]>

const elementOf = (enterprise: number, parameters: Parameters): string =>
  `[assay@${enterprise}${parameters
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => ` ${name}="${parameter(String(value))}"`)
    .join("")}]`

const headerOf = (event: SecurityEvent, host: string): string => {
  const time = rfc3339(event.timeMs) ?? "-"
  return `<${FACILITY * 8 + LEVEL[event.severity]}>1 ${time} ${word(host, 255)} assay - ${word(codeOf(event), 32)}`
}

const parametersOf = (event: SecurityEvent): Parameters => [
  ["key", event.key],
  ["outcome", event.outcome],
  ["kind", event.kind],
  ["disposition", event.disposition],
  ["severity", nameOfSeverity(event.severity)],
  ["device", event.device],
  ["claimed", event.claimed],
  ["reasons", reasonCodesOf(event)],
  ["technique", techniqueIdsOf(event)],
  ["zone", event.zone],
  ["vendor", event.subject?.vendor ?? null],
  ["class", event.subject?.class ?? null],
  ["action", event.action],
  ["audience", event.audience],
  ["trust", event.trust],
  ["reputation", event.reputation],
  ["principal", event.principal],
  ["detail", event.detail],
  ["remedy", event.reasons[0]?.remedy ?? null],
  ["count", event.storm?.count ?? null],
  ["lastKey", event.storm?.lastKey ?? null],
]

export const rfc5424 = ({ host }: Pick<FormatOptions, "host">, enterprise = EXAMPLE_ENTERPRISE): SiemFormat => ({
  name: "rfc5424",
  mediaType: "application/syslog",
  line: (event) => `${headerOf(event, host)} ${elementOf(enterprise, parametersOf(event))} ${event.message}`,
})

/** @param inner what MSG is */
export const inSyslog = (
  inner: SiemFormat,
  { host }: Pick<FormatOptions, "host">,
  enterprise = EXAMPLE_ENTERPRISE,
): SiemFormat => ({
  ...inner,
  mediaType: "application/syslog",
  line: (event) => `${headerOf(event, host)} ${elementOf(enterprise, [["key", event.key]])} ${inner.line(event)}`,
})

/** Puts a mark into the first element: the other side may have this message already. */
export const markRepeat = (line: string): string =>
  line.replace(/^(<\d+>1(?: \S+){5} \[assay@\d+)/, '$1 repeat="possible"')
