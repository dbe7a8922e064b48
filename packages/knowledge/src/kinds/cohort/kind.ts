/**
 * The statistics of a class of devices in one window of time, which a process computes and signs by itself. Its key is online, so
 * what it signs only compares and reports (services/anomaly-quarantine, `class-view.ts` and `class-moved.ts`); it cannot date ahead, and a bundle that
 * no longer names the key takes what it signed out of force.
 */
import { hexSha256, integer, list, nullable, number, object, oneOf, optional, text } from "@assay/jose/shape"
import { COHORT_LIFE_MS, type Cohort, cohortSubject } from "@assay/trust"
import { DSSE_MEDIA_TYPE, refuse, signedByRoots } from "../../authority/roots.ts"
import { plainOf, readJson } from "../../bodies/read-json.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"

/** The DSSE payload type: the JSON text. */
export const COHORT_TYPE = "application/vnd.assay.cohort+json"

const MAX_BYTES = 8_192
/** Classes with statistics in one deployment. */
const MAX_CLASSES = 64
const MAX_MEASUREMENTS = 16
const MAX_RELEASES = 4
/** The longest window: what is older says nothing of now. */
const MAX_WINDOW_MS = 3_600_000
const MINUTE_MS = 60_000

const name = text(128, /^[^/\p{Cc}]+$/u, "a name without slash")
const value = number(-Number.MAX_VALUE, Number.MAX_VALUE)

const shape = object({
  version: integer(1),
  vendor: name,
  class: name,
  from: integer(),
  to: integer(),
  measurements: list(
    object({
      name: text(256),
      devices: integer(1),
      median: value,
      spread: number(0, Number.MAX_VALUE),
      moved: nullable(oneOf(["up", "down"])),
    }),
    MAX_MEASUREMENTS,
  ),
  releases: optional(
    list(
      object({
        version: text(128),
        digest: hexSha256,
        devices: integer(1),
        misbehaving: integer(1),
        others: integer(1),
        othersMisbehaving: integer(),
      }),
      MAX_RELEASES,
      1,
    ),
    undefined,
  ),
})

const whyOdd = ({ version, from, to }: Cohort): string | null => {
  if (to <= from || to - from > MAX_WINDOW_MS) return `to must be 1 to ${MAX_WINDOW_MS} ms after from`
  return version === Math.floor(to / MINUTE_MS) ? null : "version must be the minutes of to since 1970"
}

const read = (bytes: Uint8Array) => readJson(bytes, shape, MAX_BYTES, whyOdd)

export const COHORT: KnowledgeKind<Cohort> = {
  name: "cohort",
  title: KIND_TITLES.cohort,
  scope: "deployment",
  authority: "bundle",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: 4 * MAX_BYTES, subjects: MAX_CLASSES },
  required: false,
  fleeting: true,
  // It lies on every partition, whatever it is about.
  subject: () => "",
  open: (bytes, { bundle }) => {
    const aggregators = bundle?.body.aggregators ?? []
    if (aggregators.length === 0) return refuse("control.knowledge_unsigned", "the bundle in force names no aggregator")
    const signed = signedByRoots(bytes, COHORT_TYPE, { roots: aggregators, threshold: 1 })
    if ("reasons" in signed) return signed
    const parsed = read(signed.payload)
    if ("problem" in parsed) return refuse("control.knowledge_malformed", parsed.problem)
    const { body } = parsed
    return { version: body.version, body, subject: cohortSubject(body.vendor, body.class) }
  },
  project: () => null,
  expiresAt: ({ to }) => to + COHORT_LIFE_MS,
  notBefore: ({ to }) => to,
  stops: "subject",
  plain: {
    payloadType: COHORT_TYPE,
    read: (bytes, { file }) => plainOf(read(bytes), file),
    explain: ({ measurements, releases = [] }) => [
      ...measurements.map(
        ({ name: of, devices, median, spread, moved }) =>
          `${of}: ${median} (${spread} apart) of ${devices} devices${moved === null ? "" : `, moved ${moved}`}`,
      ),
      ...releases.map(
        ({ version, devices, misbehaving, others, othersMisbehaving }) =>
          `firmware ${version}: ${misbehaving} of ${devices} devices misbehave, and ${othersMisbehaving} of ${others} others`,
      ),
    ],
  },
}
