/** Decisions whose texts somebody chose to break a format, and the plain parsers of the formats' own standards. */

import { STREAMS } from "@assay/streams"
import { message } from "@assay/testkit/samples"
import { type AssayedMessage, OUTCOMES, type Outcome, REASONS, type ReasonCode, TRUST_STATES } from "@assay/trust"
import fc from "fast-check"
import type { Decided } from "../../../src/encode/encoder.ts"
import type { FormatOptions } from "../../../src/encode/siem/format.ts"
import { rejected } from "../../support.ts"

export const OPTIONS: FormatOptions = { attack: "19", ocsf: "1.5.0", host: "gate-1.plant.example", version: "0.1.0" }

/** What formats give a meaning to, and what terminals and receivers do. */
const MARKS = [
  "\n",
  "\r\n",
  "|",
  "\\",
  "=",
  "]",
  '"',
  "[",
  "\t",
  "^",
  "\u0000",
  "\u001b[2J",
  "\u202e",
  "\u2028",
  "%",
  ",",
  " ",
  "\ud800",
  "é",
  "🚰",
  "<13>1 ",
  "CEF:0|",
  "\\n",
  "x09",
]

export const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...MARKS), fc.string({ maxLength: 6 })), { maxLength: 12 })
  .map((parts) => parts.join(""))

const CODES = Object.keys(REASONS) as ReadonlyArray<ReasonCode>

export interface Hostile {
  readonly outcome: Outcome
  readonly codes: ReadonlyArray<ReasonCode>
  readonly text: string
}

export const hostile: fc.Arbitrary<Hostile> = fc.record({
  outcome: fc.constantFrom(...OUTCOMES),
  codes: fc.uniqueArray(fc.constantFrom(...CODES), { maxLength: 5 }),
  text: hostileText,
})

/** Every text of it that a device, a stranger or a credential chose is `text`. */
export const decidedOfHostile = ({ outcome, codes, text }: Hostile): Decided => {
  if (outcome === "rejected" || outcome === "undecided") {
    const record = { ...rejected(3, 7, text), key: Buffer.from(text), reasons: codes }
    return { kind: "raw", place: { stream: STREAMS[outcome], partition: 3, offset: 4 }, outcome, record }
  }
  const { claims, verdicts, envelope, decision } = message
  const segmentation = { ...verdicts.segmentation!, detail: JSON.stringify({ from: text.slice(0, 4_000) }) }
  const changed: AssayedMessage = {
    ...message,
    claims: { ...claims!, iss: text, aud: text, kid: text },
    subject: { vendor: text, class: text, assurance: "software" },
    verdicts: { ...verdicts, segmentation },
    envelope: { ...envelope, principal: text, binding: text },
    readings: message.readings.map((reading) => ({ ...reading, name: text })),
    decision: { ...decision!, outcome, reasons: codes, trust: TRUST_STATES[codes.length]! },
  }
  return { kind: "message", place: { stream: STREAMS[outcome], partition: 3, offset: 4 }, message: changed }
}

/** All control characters but the end of the line itself. */
export const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/

const splitHeader = (text: string, parts: number): ReadonlyArray<string> => {
  const found: Array<string> = []
  let part = ""
  let at = 0
  for (; at < text.length && found.length < parts; at++) {
    if (text[at] === "\\") part += text[++at]
    else if (text[at] === "|") {
      found.push(part)
      part = ""
    } else part += text[at]
  }
  return [...found, text.slice(at)]
}

/** CEF: seven parts of the header, then pairs; a key begins behind a space and ends at `=` that is not escaped. */
export const parseCef = (line: string) => {
  const [version, vendor, product, productVersion, id, name, severity, rest] = splitHeader(line, 7)
  const pairs = new Map<string, string>()
  const keys = [...rest!.matchAll(/(?:^| )([A-Za-z0-9_.]+)=/g)].filter(({ index, 0: found }) => {
    const before = rest!.slice(0, index + found.length - 1)
    return !/(?<!\\)(\\\\)*\\$/.test(before)
  })
  for (const [nth, match] of keys.entries()) {
    const from = match.index + match[0].length
    const raw = rest!.slice(from, keys[nth + 1]?.index ?? rest!.length)
    pairs.set(
      match[1]!,
      raw.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped)),
    )
  }
  return { version, vendor, product, productVersion, id, name, severity, pairs }
}

/** LEEF 2.0 with a delimiter of its own. */
export const parseLeef = (line: string) => {
  const [version, vendor, product, productVersion, id, delimiter, ...rest] = line.split("|")
  const pairs = new Map(
    rest
      .join("|")
      .split(delimiter!)
      .map((pair): [string, string] => {
        const at = pair.indexOf("=")
        return [pair.slice(0, at), pair.slice(at + 1)]
      }),
  )
  return { version, vendor, product, productVersion, id, pairs }
}

/** As LEEF has a text: without the delimiter. */
export const inLeef = (text: string): string => text.replaceAll("^", "\\u{5e}")

/** RFC 5424 section 6, one SD-ELEMENT. */
export const parseSyslog = (line: string) => {
  const head = /^<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) (\S+) \[([^ \]="]+)/.exec(line)
  if (head === null) throw new Error(`no syslog message: ${line.slice(0, 80)}`)
  const [all, priority, time, host, app, , id, element] = head
  const pairs = new Map<string, string>()
  let rest = line.slice(all.length)
  for (
    let next = /^ ([^ \]="]{1,32})="((?:[^"\\\]]|\\.)*)"/s.exec(rest);
    next !== null;
    next = /^ ([^ \]="]{1,32})="((?:[^"\\\]]|\\.)*)"/s.exec(rest)
  ) {
    pairs.set(next[1]!, next[2]!.replace(/\\(["\\\]])/g, "$1"))
    rest = rest.slice(next[0].length)
  }
  if (!rest.startsWith("] ")) throw new Error(`structured data does not end: ${rest.slice(0, 80)}`)
  return {
    facility: Number(priority) >> 3,
    level: Number(priority) & 7,
    time,
    host,
    app,
    id,
    element,
    pairs,
    text: rest.slice(2),
  }
}
