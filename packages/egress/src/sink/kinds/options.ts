/** What every kind of sink reads from its options: the form, which decisions, and where its state lies. */
import { hostname } from "node:os"
import { isReasonCode, REASON_FAMILIES } from "@assay/trust"
import manifest from "../../../package.json" with { type: "json" }
import type { Encoder } from "../../encode/encoder.ts"
import { encoderOf } from "../../encode/formats.ts"
import { ATTACK_VERSIONS } from "../../encode/siem/attack.ts"
import type { FormatOptions } from "../../encode/siem/format.ts"
import { OCSF_VERSIONS } from "../../encode/siem/formats/ocsf.ts"
import { SEVERITIES, type Severity } from "../../encode/siem/severity.ts"
import type { Wanted } from "../../select/select.ts"
import type { SinkSetup } from "../kinds.ts"
import { type Options, TargetError } from "../target.ts"

/** More of one kind than this in a step of at most 512 are summed up, where a form can. */
const STORM = 20

const isPattern = (pattern: string): boolean =>
  pattern.endsWith("*")
    ? REASON_FAMILIES.some(
        (family) => `${family}.`.startsWith(pattern.slice(0, -1)) || pattern.startsWith(`${family}.`),
      )
    : isReasonCode(pattern)

const reasonsOf = (options: Options): ReadonlyArray<string> | null => {
  const reasons = options.list("reason")
  const wrong = reasons?.find((one) => !isPattern(one))
  if (wrong === undefined) return reasons
  throw new TargetError(
    `reason takes codes, or beginnings with * behind, with + between, and ${JSON.stringify(wrong)} is none; docs/guides/reasons.md has all`,
  )
}

const wantedOf = (options: Options): Wanted => {
  const storm = options.whole("storm", 0, 512, STORM)
  if (storm === 1) throw new TargetError("storm takes 0 (never), or a whole number from 2 to 512")
  return {
    minSeverity: (SEVERITIES.indexOf(options.choice("severity", SEVERITIES, "informational")) + 1) as Severity,
    reasons: reasonsOf(options),
    zones: options.list("zone"),
    sample: options.whole("sample", 1, 1_000_000, 1),
    storm: storm === 0 ? null : storm,
  }
}

const formatOptionsOf = (options: Options): FormatOptions => ({
  attack: options.choice("attack", ATTACK_VERSIONS, "19"),
  ocsf: options.choice("ocsf", OCSF_VERSIONS, "1.5.0"),
  host: options.text("host") ?? hostname(),
  version: manifest.version,
})

/**
 * @param formats those that the kind can carry; the first is the default
 * @param encoderFor makes the encoder of a form at each start; left out: that of `encoderOf`
 */
export const commonOf = (
  options: Options,
  formats: ReadonlyArray<string>,
  encoderFor: (format: string, given: FormatOptions) => Encoder = encoderOf,
): Pick<SinkSetup, "encoder" | "wanted" | "state"> & { readonly format: string } => {
  const format = options.choice("format", formats, formats[0]!)
  const given = formatOptionsOf(options)
  return {
    format,
    encoder: () => encoderFor(format, given),
    wanted: wantedOf(options),
    state: options.text("state"),
  }
}
