/**
 * The sinks that a setting can name, by the kind that it says. A new one is a line here and a file beside. Loads no log engine:
 * a plan is checked before anything is started.
 */
import type { Log } from "@assay/log"
import type { Encoder } from "../encode/encoder.ts"
import type { Wanted } from "../select/select.ts"
import { fileKind } from "./kinds/file.ts"
import { elasticKind, hecKind, otlpKind, webhookKind } from "./kinds/http.ts"
import { pollKind, pushKind } from "./kinds/ssf.ts"
import { syslogKind } from "./kinds/syslog.ts"
import { topicKind } from "./kinds/topic.ts"
import type { Sink } from "./sink.ts"
import { Options, parseTarget, type Target, TargetError } from "./target.ts"

export { parseTarget, TargetError } from "./target.ts"

/** A sink as it is asked for, checked; nothing is opened, and no file is read. */
export interface SinkSetup {
  /** `KIND:ADDRESS`, for people. */
  readonly shown: string
  /** The directory where positions and dead letters are kept; null: positions in the log, dead letters reported. */
  readonly state: string | null
  readonly wanted: Wanted
  /** It writes to the log itself, which takes a right of its own. */
  readonly writesLog?: true
  /** A fresh one for each start: it may read key files. @throws TargetError */
  readonly encoder: (log: Log) => Encoder
  /** A fresh one for each start. @throws TargetError */
  readonly make: (log: Log) => Sink
}

export interface SinkKind {
  /** How it is named, for people. */
  readonly form: string
  /** The forms that it can carry; the first is the default. */
  readonly formats: ReadonlyArray<string>
  /** @throws TargetError */
  readonly setUp: (target: Target, options: Options) => Omit<SinkSetup, "shown">
}

export const SINK_KINDS: Readonly<Record<string, SinkKind>> = {
  file: fileKind,
  "syslog+tcp": syslogKind(false),
  "syslog+tls": syslogKind(true),
  hec: hecKind,
  elastic: elasticKind,
  webhook: webhookKind,
  otlp: otlpKind,
  "ssf-push": pushKind,
  "ssf-poll": pollKind,
  topic: topicKind,
}

/**
 * @param more options that were said elsewhere; they count where the target has none of that name
 * @throws TargetError that says which word is wrong and what it takes
 */
export const setUpTarget = (target: Target, more: ReadonlyMap<string, string> = new Map()): SinkSetup => {
  const kind = Object.hasOwn(SINK_KINDS, target.kind) ? SINK_KINDS[target.kind] : undefined
  if (kind === undefined)
    throw new TargetError(
      `${JSON.stringify(target.kind)} is no kind of sink; they are ${Object.keys(SINK_KINDS).join(", ")}`,
    )
  const options = new Options(new Map([...more, ...target.options]))
  const setup = kind.setUp(target, options)
  options.end(target.kind)
  return { shown: `${target.kind}:${target.address}`, ...setup }
}

/** @param text `KIND:ADDRESS?name=value&...` @throws TargetError */
export const setUpSink = (text: string): SinkSetup => setUpTarget(parseTarget(text))

/** Whether a text names a sink by its kind; anything else is the path of a file. */
export const isTarget = (text: string): boolean => Object.keys(SINK_KINDS).some((kind) => text.startsWith(`${kind}:`))
