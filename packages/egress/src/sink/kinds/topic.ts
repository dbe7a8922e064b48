import { SIEM_STREAMS, STREAMS } from "@assay/streams"
import type { SinkKind } from "../kinds.ts"
import { TargetError } from "../target.ts"
import { topicSink } from "../topic.ts"
import { commonOf } from "./options.ts"

const TOPICS: Readonly<Record<string, string>> = {
  ocsf: STREAMS.siemOcsf,
  ecs: STREAMS.siemEcs,
  json: STREAMS.siemJson,
  cloudevents: STREAMS.siemCloudevents,
  "cloudevents-binary": STREAMS.siemCloudevents,
}
const FORMATS = Object.keys(TOPICS)

export const topicKind: SinkKind = {
  form: "topic:siem.FORMAT.v1",
  formats: FORMATS,
  setUp: ({ address }, options) => {
    const formats = FORMATS.filter((format) => TOPICS[format] === address)
    if (formats.length === 0)
      throw new TargetError(`${JSON.stringify(address)} is no topic of decisions; they are ${SIEM_STREAMS.join(", ")}`)
    const common = commonOf(options, formats)
    const prefix = common.format === "cloudevents-binary" ? "ce_" : ""
    return { ...common, writesLog: true, make: (log) => topicSink(log, address, prefix) }
  },
}
