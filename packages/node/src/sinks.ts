/** The sinks of a node as the configuration asks for them, checked before anything is started. */
import type { Encoder, Sink, Wanted } from "@assay/egress"
import { type SinkSetup, setUpSink, TargetError } from "@assay/egress/kinds"
import type { Log } from "@assay/log"
import { ConfigurationError, EGRESS } from "@assay/settings"
import { OUTCOMES, type Outcome } from "@assay/trust"

/** One sink: a part of a node, with a consumer group of its own. */
export interface SinkPlan {
  /** In metrics, log lines and the group's name. */
  readonly name: string
  /** Where it goes to, for people. */
  readonly target: string
  readonly outcomes: ReadonlyArray<Outcome>
  /** A fresh one for each start. */
  readonly make: (log: Log) => Sink
  /** In which form; left out: as lines of decisions. */
  readonly encoder?: (log: Log) => Encoder
  /** Which of the outcomes; left out: all. */
  readonly wanted?: Wanted
  /** It writes to the log itself. */
  readonly writesLog?: boolean
  /** The directory of its positions and dead letters; null: positions in the log, and dead letters are log lines. */
  readonly state: string | null
}

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/
const MAX_SINKS = 16
/** What makes rows of readings is among the sinks in metrics and log lines. */
const READINGS = "readings"

const wrong = (what: string): ConfigurationError => new ConfigurationError(`${EGRESS.sinks.key}: ${what}`)

const outcomesOf = (text: string | undefined): ReadonlyArray<Outcome> => {
  if (text === undefined) return OUTCOMES
  const names = [...new Set(text.split("+").map((name) => name.trim()))]
  const unknown = names.find((name) => !(OUTCOMES as ReadonlyArray<string>).includes(name))
  if (unknown !== undefined)
    throw wrong(`${JSON.stringify(unknown)} is no outcome; they are ${OUTCOMES.join(", ")}, with + between`)
  return names as ReadonlyArray<Outcome>
}

const setUp = (target: string): SinkSetup => {
  try {
    return setUpSink(target)
  } catch (cause) {
    if (cause instanceof TargetError) throw wrong(cause.message)
    throw cause
  }
}

const sinkOf = (entry: string): SinkPlan => {
  const [, name, target, outcomes] = /^([^=]*)=([a-z][a-z0-9+-]*:[^;]+)(?:;(.*))?$/.exec(entry) ?? []
  if (name === undefined || target === undefined)
    throw wrong(
      `${JSON.stringify(entry)} must be NAME=KIND:TARGET, for example siem=file:siem.ndjson;quarantined+rejected`,
    )
  if (!NAME.test(name))
    throw wrong(
      `${JSON.stringify(name)} is no name of a sink: at most 40 lower-case letters, digits and "-", not "-" first`,
    )
  const { shown, state, make, encoder, wanted, writesLog = false } = setUp(target)
  return { name, target: shown, outcomes: outcomesOf(outcomes), make, encoder, wanted, writesLog, state }
}

/** @param text the value of ASSAY_SINKS @throws ConfigurationError that names the key */
export const readSinks = (text: string): ReadonlyArray<SinkPlan> => {
  const sinks = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map(sinkOf)
  if (sinks.length > MAX_SINKS) throw wrong(`at most ${MAX_SINKS} sinks, not ${sinks.length}`)
  if (sinks.some(({ name }) => name === READINGS))
    throw wrong(`no sink is called ${READINGS}: metrics call the rows of readings so`)
  for (const part of ["name", "target"] as const) {
    const seen = new Set<string>()
    for (const sink of sinks) {
      if (seen.has(sink[part])) throw wrong(`two sinks have the ${part} ${sink[part]}`)
      seen.add(sink[part])
    }
  }
  return sinks
}

/** What a sink is to the brokers: the role of `assay topics` that may read its streams, and write where it writes. */
export const roleOfSink = ({ outcomes, writesLog }: Pick<SinkPlan, "outcomes" | "writesLog">): string => {
  if (writesLog === true) return "siem-topics"
  return outcomes.every((outcome) => outcome === "verified" || outcome === "annotated") ? "data-platform" : "siem"
}

/** Its consumer group. A principal's rights on the brokers are to groups that begin with its role. */
export const groupOfSink = (sink: Pick<SinkPlan, "name" | "outcomes" | "writesLog">): string =>
  `${roleOfSink(sink)}-${sink.name}`
