import { partitionOf } from "@assay/log"
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

const TOPIC_FORMATS = ["ocsf", "ecs", "json", "cloudevents", "cloudevents-binary"]

export const topicKind: SinkKind = {
  form: "topic:siem.FORMAT.v1",
  formats: TOPIC_FORMATS,
  setUp: ({ address }, options) => {
    const common = commonOf(options, TOPIC_FORMATS)
    const stream = `siem.${common.format}.v1`
    if (address !== stream) throw new TargetError(`with format ${common.format} the topic is ${stream}, not ${address}`)
    return {
      ...common,
      make: (log) => topicSink(stream, log, stream, (key) => partitionOf(Buffer.from(key), log.partitions)),
    }
  },
}
