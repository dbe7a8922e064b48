import { fileSink } from "../file.ts"
import type { SinkKind } from "../kinds.ts"
import { rotatingFileSink } from "../rotating-file.ts"
import { TargetError } from "../target.ts"
import { commonOf } from "./options.ts"

const FORMATS = ["decision", "json", "ocsf", "ecs", "cef", "leef", "rfc5424", "hec", "cloudevents", "otlp"]

export const fileKind: SinkKind = {
  form: "file:PATH",
  formats: FORMATS,
  setUp: ({ address: path }, options) => {
    const common = commonOf(options, FORMATS)
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
