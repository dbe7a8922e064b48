import { SIEM_STREAMS, STREAMS } from "@assay/streams"
import { fileSink } from "../file.ts"
import type { SinkKind } from "../kinds.ts"
import { rotatingFileSink } from "../rotating-file.ts"
import { TargetError } from "../target.ts"
import { topicSink } from "../topic.ts"
import { commonOf } from "./parts.ts"

const FILE_FORMATS = ["decision", "json", "ocsf", "ecs", "cef", "leef", "rfc5424", "hec", "cloudevents", "otlp"]

export const fileKind: SinkKind = {
  form: "file:PATH",
  formats: FILE_FORMATS,
  setUp: ({ address: path }, options) => {
    const common = commonOf(options, FILE_FORMATS)
    const bytes = options.whole("rotate", 1_000, Number.MAX_SAFE_INTEGER, null)
    const keep = options.whole("keep", 1, 100_000, null)
    if (keep !== null && bytes === null) throw new TargetError("keep goes with rotate")
    return {
      ...common,
      state: common.state ?? `${path}.state`,
      make: () => (bytes === null ? fileSink(path) : rotatingFileSink(path, { bytes, keep })),
    }
  },
}

const TOPICS: Readonly<Record<string, string>> = {
  ocsf: STREAMS.siemOcsf,
  ecs: STREAMS.siemEcs,
  json: STREAMS.siemJson,
  cloudevents: STREAMS.siemCloudevents,
  "cloudevents-binary": STREAMS.siemCloudevents,
}
const TOPIC_FORMATS = Object.keys(TOPICS)

export const topicKind: SinkKind = {
  form: "topic:siem.FORMAT.v1",
  formats: TOPIC_FORMATS,
  setUp: ({ address }, options) => {
    const named = TOPIC_FORMATS.find((format) => TOPICS[format] === address)
    if (named === undefined)
      throw new TargetError(`${JSON.stringify(address)} is no topic of decisions; they are ${SIEM_STREAMS.join(", ")}`)
    const common = commonOf(options, [
      named,
      ...TOPIC_FORMATS.filter((format) => format !== named && TOPICS[format] === address),
    ])
    const prefix = common.format === "cloudevents-binary" ? "ce_" : ""
    return { ...common, writesLog: true, make: (log) => topicSink(log, address, prefix) }
  },
}
