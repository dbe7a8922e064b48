/** The text exposition format of Prometheus, version 0.0.4, with OpenTelemetry's names as its specification translates them. */
import type { Instrument, InstrumentSpec, Registry, Series } from "./registry.ts"

const UNITS: Readonly<Record<string, string>> = { s: "seconds", By: "bytes" }

/** `messaging.process.duration` in s becomes `messaging_process_duration_seconds`; counters end in `_total`, ratios in `_ratio`. */
export const promName = ({ name, unit, kind }: Pick<InstrumentSpec, "name" | "unit" | "kind">): string => {
  let translated = promLabel(name)
  const suffix = UNITS[unit] ?? (unit === "1" && kind === "gauge" ? "ratio" : null)
  if (suffix !== null && !translated.endsWith(`_${suffix}`)) translated += `_${suffix}`
  return kind === "counter" && !translated.endsWith("_total") ? `${translated}_total` : translated
}

export const promLabel = (name: string): string => name.replaceAll(/[^a-zA-Z0-9_]/g, "_")

const escapeValue = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")

const escapeHelp = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")

const labelled = (name: string, pairs: ReadonlyArray<string>): string =>
  pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`

const histogramLines = (
  name: string,
  pairs: ReadonlyArray<string>,
  series: Series,
  bounds: ReadonlyArray<number>,
): Array<string> => {
  const lines: Array<string> = []
  let count = 0
  series.counts.forEach((inBucket, nth) => {
    count += inBucket
    const bound = bounds[nth] === undefined ? "+Inf" : String(bounds[nth])
    lines.push(`${labelled(`${name}_bucket`, [...pairs, `le="${bound}"`])} ${count}`)
  })
  lines.push(`${labelled(`${name}_sum`, pairs)} ${series.value}`, `${labelled(`${name}_count`, pairs)} ${count}`)
  return lines
}

const instrumentLines = ({ spec, series }: Instrument): Array<string> => {
  const name = promName(spec)
  const labels = spec.labels.map(promLabel)
  const lines: Array<string> = []
  for (const one of series) {
    const pairs = labels.map((label, nth) => `${label}="${escapeValue(one.labels[nth]!)}"`)
    if (spec.kind === "histogram") lines.push(...histogramLines(name, pairs, one, spec.buckets ?? []))
    else lines.push(`${labelled(name, pairs)} ${one.value}`)
  }
  if (lines.length > 0) lines.unshift(`# HELP ${name} ${escapeHelp(spec.help)}`, `# TYPE ${name} ${spec.kind}`)
  return lines
}

/** Everything as it stands; call `collect` before. */
export const expositionOf = (registry: Registry): string =>
  `${registry.instruments.flatMap(instrumentLines).join("\n")}\n`
