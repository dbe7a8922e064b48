/** The sinks that a setting can name, by the kind that it says. A new one is a line here and a file beside. */
import { fileSink } from "./file.ts"
import type { Sink } from "./sink.ts"

export interface SinkKind {
  /** @param target what follows the kind and its colon */
  readonly make: (target: string) => Sink
  /** The directory where positions and dead letters are kept; null: positions in the log, dead letters reported. */
  readonly state: (target: string) => string | null
}

export const SINK_KINDS: Readonly<Record<string, SinkKind>> = {
  file: { make: fileSink, state: (path) => `${path}.state` },
}
