/**
 * ArcSight Common Event Format, version 0 (CEF implementation standard, revision 27): a header of seven parts between pipes, then
 * `key=value` with a space between. In the header `\` and `|` are escaped, in a value `\` and `=`; a line end in a value would be
 * `\n`, but an event has none.
 */
import { codeOf, reasonCodesOf, type SecurityEvent, techniqueIdsOf, titleOf } from "../event.ts"
import type { FormatOptions, SiemFormat } from "../format.ts"

/** 0 to 3 low, 4 to 6 medium, 7 and 8 high, 9 and 10 very high. */
const SEVERITY = { 1: 1, 2: 3, 3: 6, 4: 8, 5: 10 } as const

const inHeader = (text: string): string => text.replace(/[\\|]/g, "\\$&")
const inValue = (text: string): string => text.replace(/[\\=]/g, "\\$&")

const extensionsOf = (event: SecurityEvent): ReadonlyArray<readonly [string, string | number | null]> => {
  const { reasons, subject, storm } = event
  const labelled = (
    nth: number,
    label: string,
    value: string | null,
  ): ReadonlyArray<readonly [string, string | null]> =>
    value === null || value === ""
      ? []
      : [
          [`cs${nth}Label`, label],
          [`cs${nth}`, value],
        ]
  return [
    ["rt", event.timeMs],
    ["externalId", event.key],
    ["cat", event.outcome],
    ["act", event.disposition],
    ["outcome", event.outcome === "verified" || event.outcome === "annotated" ? "success" : "failure"],
    ["suid", event.device],
    ["deviceExternalId", event.principal],
    ["app", event.binding],
    ["request", event.audience],
    ["requestMethod", event.action],
    ["reason", reasonCodesOf(event)],
    ["cnt", storm?.count ?? null],
    ["start", storm === null ? null : event.timeMs],
    ["end", storm?.lastTimeMs ?? null],
    ...labelled(1, "attackTechnique", techniqueIdsOf(event)),
    ...labelled(2, "zone", event.zone),
    ...labelled(3, "claimedSender", event.claimed),
    ...labelled(4, "remedy", reasons[0]?.remedy ?? null),
    ...labelled(5, "trust", event.trust),
    ...labelled(6, "deviceModel", subject === null ? null : `${subject.vendor}/${subject.class}/${subject.assurance}`),
    ...(event.reputation === null
      ? []
      : ([
          ["cfp1Label", "reputation"],
          ["cfp1", event.reputation],
        ] as const)),
    ["msg", event.message],
  ]
}

export const cef = ({ version }: FormatOptions): SiemFormat => ({
  name: "cef",
  mediaType: "text/plain",
  line: (event) => {
    const header = ["CEF:0", "Assay", "Assay", version, codeOf(event), titleOf(event), String(SEVERITY[event.severity])]
    const extensions = extensionsOf(event)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => `${key}=${inValue(String(value))}`)
    return `${header.map(inHeader).join("|")}|${extensions.join(" ")}`
  },
})
