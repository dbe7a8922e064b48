/**
 * What whoever was woken asks of a line of level warn or error: what it means for what is decided, and where to read what to do.
 * Both are on the line itself. A test holds the places to the pages.
 */
import { EVENT_CODES, type EventCode } from "./codes.ts"

/** Codes that are more than information. */
export type ProblemCode = {
  [Code in EventCode]: (typeof EVENT_CODES)[Code]["level"] extends "info" ? never : Code
}[EventCode]

export interface Advice {
  /** What becomes of messages meanwhile. */
  readonly verdicts: string
  /** The page and its section, from the root of the repository. */
  readonly runbook: string
}

const OPERATIONS = "docs/guides/operations.md#"
const alert = (name: string): string => `${OPERATIONS}alert-assay${name}`

const UNTOUCHED = "Decisions go on as they are."
const AWAY = "Nothing is decided until they answer, and nothing is lost."
const AGAIN = "What was in hand is judged again from the last commit; nothing is lost or decided twice."
const RELEASED = "Its messages are held until two operators release it."

export const ADVICE: Readonly<Record<ProblemCode, Advice>> = {
  "node.failed": {
    verdicts: "This process decides nothing. Others of its service take its partitions over; without one they wait.",
    runbook: alert("down"),
  },
  "stop.slow": { verdicts: "What is in hand is finished first.", runbook: `${OPERATIONS}stop` },
  "stop.late": { verdicts: AGAIN, runbook: `${OPERATIONS}stop` },
  "http.plain": { verdicts: UNTOUCHED, runbook: `${OPERATIONS}security` },
  "http.failed": {
    verdicts: "Decisions go on. The caller has an error, and may repeat its call.",
    runbook: alert("notready"),
  },
  "log.unused_brokers": {
    verdicts: "Messages go to the log of this machine, and the brokers get nothing.",
    runbook: "docs/guides/kafka.md",
  },
  "log.taken": { verdicts: "The other process decides.", runbook: `${OPERATIONS}the-embedded-log` },
  "log.ended": {
    verdicts: "The nodes of the next epoch decide. Nothing that was taken in is lost.",
    runbook: `${OPERATIONS}more-partitions`,
  },
  "log.time": {
    verdicts: "Nothing is taken in and nothing decided until the clocks agree; nothing is lost.",
    runbook: `${OPERATIONS}the-clocks-disagree`,
  },
  "log.unwritable": {
    verdicts: "Nothing is taken in, and nothing new is decided. What was taken in is kept.",
    runbook: `${OPERATIONS}a-full-disk`,
  },
  "log.problem": { verdicts: UNTOUCHED, runbook: alert("brokerunavailable") },
  "verify.fallback": {
    verdicts: "They stay the same and take longer.",
    runbook: "docs/guides/configuration.md#the-node",
  },
  "outage.begun": { verdicts: AWAY, runbook: alert("brokerunavailable") },
  "outage.lasts": { verdicts: AWAY, runbook: alert("brokerunavailable") },
  "runner.restored": { verdicts: AGAIN, runbook: alert("restores") },
  "runner.stalled": { verdicts: AGAIN, runbook: alert("stalled") },
  "thread.ended": { verdicts: AGAIN, runbook: alert("stalled") },
  "partition.halted": {
    verdicts: "Nothing of this partition is decided until somebody has looked. The others go on.",
    runbook: alert("recordslost"),
  },
  "entries.undecided": {
    verdicts: "These entries are kept undecided and move no trust. All others are decided.",
    runbook: alert("undecided"),
  },
  "group.not_joined": {
    verdicts: "This process decides nothing for the group. Other members do; without one its partitions wait.",
    runbook: alert("noprogress"),
  },
  "lag.unknown": { verdicts: UNTOUCHED, runbook: alert("lag") },
  "tick.failed": {
    verdicts: "Devices that are silent are noticed later. Where appends of messages fail too, those are refused.",
    runbook: alert("brokerunavailable"),
  },
  "seal.failed": {
    verdicts: "Decisions go on. They cannot be proven until they are sealed.",
    runbook: alert("unsealedaudit"),
  },
  "seal.thread_ended": {
    verdicts: "Decisions go on. The next thread seals what this one has not.",
    runbook: alert("unsealedaudit"),
  },
  "witness.problem": {
    verdicts: "Decisions and sealing go on. Heads lack a cosignature.",
    runbook: "docs/guides/witness.md",
  },
  "cohorts.problem": {
    verdicts: "Decisions go on with the last statistics of the class.",
    runbook: "docs/guides/behaviour.md",
  },
  "read_model.problem": {
    verdicts: "Decisions go on. What others read of devices' trust is old.",
    runbook: alert("readmodelbehind"),
  },
  "passports.problem": {
    verdicts: "Decisions go on. Passports run out where no new ones come.",
    runbook: "docs/guides/passports.md",
  },
  "sink.failed": {
    verdicts: "Decisions go on. The other side gets them once it takes them.",
    runbook: alert("sinkbehind"),
  },
  "sink.refused": { verdicts: "Decisions go on. The other side lacks this one.", runbook: alert("sinkrefuses") },
  "sink.halted": {
    verdicts: "Decisions go on. The other side lacks those that are gone.",
    runbook: alert("sinkbehind"),
  },
  "activation.refused": { verdicts: "What was in force stays in force.", runbook: `${OPERATIONS}knowledge` },
  "command.refused": { verdicts: "The command changed nothing.", runbook: `${OPERATIONS}refused-commands` },
  "device.quarantined": { verdicts: RELEASED, runbook: `${OPERATIONS}quarantine` },
  "device.revoked": { verdicts: "Nothing of its key counts any more.", runbook: `${OPERATIONS}quarantine` },
  "devices.more": { verdicts: "Their messages are held.", runbook: alert("quarantinejump") },
  "incident.recorded": { verdicts: "The incident says what is held.", runbook: alert("quarantinejump") },
  "knowledge.expiring": {
    verdicts: "Decisions go on. From its end on nothing is verified.",
    runbook: alert("knowledgeexpires"),
  },
  "knowledge.expired": {
    verdicts: "Nothing is verified until it is replaced.",
    runbook: alert("knowledgeexpires"),
  },
  "status_list.expiring": {
    verdicts:
      "Decisions go on. Past their age, telemetry of devices that they list is annotated, and every other act held.",
    runbook: alert("statusliststale"),
  },
  "status_list.expired": {
    verdicts: "Telemetry of devices that they list is annotated, and every other act held.",
    runbook: alert("statusliststale"),
  },
  "renewal.due": {
    verdicts: "Decisions go on. From its end on devices that rest on it are held.",
    runbook: alert("renewalmissed"),
  },
  "renewal.missed": { verdicts: "Devices that rest on it are held, and not charged.", runbook: alert("renewalmissed") },
}

/** What is said with a line of this code; null where it is information. */
export const adviceOf = (code: EventCode): Advice | null => (code in ADVICE ? ADVICE[code as ProblemCode] : null)

const PAGES = "docs/guides/"

/** The table of the guide, which lies beside the pages of the runbooks. */
export const eventTable = (): string =>
  [
    "| code | level | when | what it means for decisions |",
    "|---|---|---|---|",
    ...Object.entries(EVENT_CODES).map(([code, { level, about }]) => {
      const advice = adviceOf(code as EventCode)
      const means = advice === null ? "" : `${advice.verdicts} [What to do](${advice.runbook.replace(PAGES, "")})`
      return `| \`${code}\` | ${level} | ${about} | ${means} |`
    }),
  ].join("\n")
