/** Reads the text of a node's `/metrics` (the text exposition format of Prometheus, version 0.0.4). */
import { INSTRUMENTS, promLabel, promName } from "@assay/telemetry"

/** One line, as it stands there. */
export interface Line {
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

export interface Sample {
  /** By the name in the declaration, for example `messaging.consumer.group.name`. */
  label(name: string): string
  readonly value: number
}

export type Samples = (instrument: keyof typeof INSTRUMENTS) => ReadonlyArray<Sample>

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([-+.\w]+)$/
const LABEL = /([a-zA-Z_]\w*)="((?:\\.|[^"\\])*)"/g
const plain = (text: string): string => text.replaceAll(/\\(.)/g, (_, one: string) => (one === "n" ? "\n" : one))

/** All lines by their names. What is no sample is passed over. */
export const linesOf = (text: string): ReadonlyMap<string, ReadonlyArray<Line>> => {
  const byName = new Map<string, Array<Line>>()
  for (const line of text.split("\n")) {
    const [, name, labels = "", value] = LINE.exec(line) ?? []
    if (name === undefined) continue
    const of = new Map([...labels.matchAll(LABEL)].map(([, label, at]) => [label!, plain(at!)]))
    const all = byName.get(name) ?? []
    all.push({ labels: of, value: Number(value) })
    byName.set(name, all)
  }
  return byName
}

/** What is no sample of a declared metric is passed over: a node of another version may have more. */
export const samplesOf = (text: string): Samples => {
  const lines = linesOf(text)
  return (instrument) =>
    (lines.get(promName(INSTRUMENTS[instrument])) ?? []).map(({ labels, value }) => ({
      label: (label) => labels.get(promLabel(label)) ?? "",
      value,
    }))
}
