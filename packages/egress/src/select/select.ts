/**
 * Which decisions of one step go out, and which are summed up. Pure: the same step gives the same choice. Whatever does not go
 * out by itself is counted, here or in a summary: nothing is left out in silence.
 */
import { isReasonCode, type ReasonCode, reasonInfo } from "@assay/trust"
import { zoneOf } from "@assay/trust/kit"
import type { Decided, Storm } from "../encode/encoder.ts"
import { type Severity, severityOf } from "../encode/siem/severity.ts"

export interface Wanted {
  /** What is less grave is passed by. */
  readonly minSeverity: Severity
  /** At least one reason must match one of them: a code, or a beginning with `*` behind it. Null: all, also without a reason. */
  readonly reasons: ReadonlyArray<string> | null
  /** Null: all, also what is in no zone. */
  readonly zones: ReadonlyArray<string> | null
  /** Of the harmless (informational: verified, without a reason) one in so many. 1: all. */
  readonly sample: number
  /** More of one kind than this in one step are summed up. Null: never. At least 2. */
  readonly storm: number | null
}

export const ALL: Wanted = { minSeverity: 1, reasons: null, zones: null, sample: 1, storm: null }

export type Choice =
  | { readonly kind: "one"; readonly decided: Decided }
  | { readonly kind: "storm"; readonly storm: Storm }

export interface Chosen {
  readonly choices: ReadonlyArray<Choice>
  /** Not asked for by severity, reason or zone, or without a word in the sink's form. */
  readonly filtered: number
  /** Harmless, and left out by the sample. */
  readonly sampled: number
  /** Said in summaries and not by themselves. */
  readonly summarised: number
}

const reasonsOf = (decided: Decided): ReadonlyArray<ReasonCode> =>
  decided.kind === "raw" ? decided.record.reasons : (decided.message.decision?.reasons ?? [])

const outcomeOf = (decided: Decided) =>
  decided.kind === "raw" ? decided.outcome : (decided.message.decision?.outcome ?? "undecided")

const deviceOf = (decided: Decided): string | null =>
  decided.kind === "raw" ? null : (decided.message.claims?.iss ?? null)

const matches = (code: string, wanted: ReadonlyArray<string>): boolean =>
  wanted.some((one) => (one.endsWith("*") ? code.startsWith(one.slice(0, -1)) : code === one))

const isWanted = (decided: Decided, severity: Severity, { minSeverity, reasons, zones }: Wanted): boolean => {
  if (severity < minSeverity) return false
  if (reasons !== null && !reasonsOf(decided).some((code) => matches(code, reasons))) return false
  if (zones === null) return true
  const zone = decided.kind === "message" ? zoneOf(decided.message) : null
  return zone !== null && zones.includes(zone)
}

/** Spreads the places of a stream evenly (Knuth, volume 3, section 6.4: multiplicative hashing). */
const isSampled = ({ place: { partition, offset } }: Decided, every: number): boolean =>
  every === 1 || (Math.imul(offset + partition, 2_654_435_761) >>> 0) % every === 0

/**
 * What must be equal in a storm. The device counts where the first reason speaks about it alone: what a stranger does under a
 * thousand names, and what our own knowledge lacks for a thousand devices, is one storm.
 */
const kindOf = (decided: Decided): string => {
  const [code] = reasonsOf(decided)
  const isAboutDevice =
    decided.kind === "message" &&
    (code === undefined || (isReasonCode(code) && reasonInfo(code).attribution === "device"))
  const kind = decided.kind === "message" ? (decided.message.decision?.kind ?? "") : ""
  return [outcomeOf(decided), kind, code ?? "", isAboutDevice ? deviceOf(decided) : ""].join("\n")
}

/** The first and the last of a kind stay as they are in the summary; so does the order of the firsts. */
const withStorms = (all: ReadonlyArray<Decided>, more: number): Pick<Chosen, "choices" | "summarised"> => {
  const kinds = Map.groupBy(all, kindOf)
  const choices: Array<Choice> = []
  let summarised = 0
  for (const decided of all) {
    const same = kinds.get(kindOf(decided))!
    if (same.length <= more) choices.push({ kind: "one", decided })
    else if (same[0] === decided) {
      const devices = new Set(same.map(deviceOf))
      devices.delete(null)
      const storm = { first: decided, last: same.at(-1)!, count: same.length, devices: devices.size }
      choices.push({ kind: "storm", storm })
      summarised += same.length
    }
  }
  return { choices, summarised }
}

/**
 * @param takes whether the sink's form has a word for it
 * @param canSummarise whether its form can sum up
 */
export const select = (
  all: ReadonlyArray<Decided>,
  wanted: Wanted,
  takes: (decided: Decided) => boolean = () => true,
  canSummarise = true,
): Chosen => {
  let filtered = 0
  let sampled = 0
  const left = all.filter((decided) => {
    const severity = severityOf(outcomeOf(decided), reasonsOf(decided))
    if (!takes(decided) || !isWanted(decided, severity, wanted)) {
      filtered += 1
      return false
    }
    if (severity === 1 && !isSampled(decided, wanted.sample)) {
      sampled += 1
      return false
    }
    return true
  })
  if (wanted.storm === null || !canSummarise || left.length <= wanted.storm)
    return { choices: left.map((decided) => ({ kind: "one", decided })), filtered, sampled, summarised: 0 }
  return { ...withStorms(left, wanted.storm), filtered, sampled }
}
