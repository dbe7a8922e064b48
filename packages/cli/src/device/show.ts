/** `assay device show DID`: a device's state, where it is in its life, and its timeline. */
import { type Log, partitionOf } from "@assay/log"
import { decodeAudit, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import {
  type AuditEvent,
  controlDetailOf,
  type Decision,
  type DeviceLabel,
  lifeMovedIn,
  lifeOf,
  movesFrom,
  type Outcome,
  signerOf,
} from "@assay/trust"
import { adviceOn, type Withheld } from "../advice.ts"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { openForReading, recordsOf } from "../open-log.ts"
import { operatorWords } from "../operator-words.ts"
import { formatOrigin } from "../origin.ts"
import type { Output } from "../output.ts"
import { stateOfDevice } from "../trust/states.ts"

/** Advice is on the latest messages only: what was wrong long ago needs nothing any more. */
const RECENT = 20

/** So many events of the partition are looked at where the whole history is not asked for. */
export const LATEST = 20_000

interface Step {
  readonly time: number
  readonly origin: string
  readonly what: string
  readonly reasons: ReadonlyArray<string>
  readonly operator: string | null
}

/** What the audit stream says of a device. */
class History {
  readonly decisions: Array<Withheld> = []
  readonly counts: Partial<Record<Outcome, number>> = {}
  /** Of the last decision. */
  last: Pick<Decision, "trust" | "reputation"> | null = null
  /** What it is called, as operators have signed it last. */
  label: DeviceLabel | null = null
  readonly #steps: Array<Omit<Step, "operator">> = []
  /** A command's own record may stand on either side of what it caused. */
  readonly #commands = new Map<string, string>()

  add(event: AuditEvent, did: string): void {
    const words = operatorWords(event)
    if (words !== null) this.#commands.set(formatOrigin(event.origin), words)
    const command = controlDetailOf(event)
    if (command?.kind === "command" && command.target === did && command.label !== null && event.count === 1)
      this.label = command.label
    if (event.device !== did) return
    if (event.kind === "life") this.#life(event)
    else if (event.kind === "transition" && event.to !== null)
      this.#step(event, `${event.from ?? "new"} -> ${event.to}`)
    else if (event.kind === "proof") this.#step(event, `proof kept, ${event.evidence.length} signed messages`)
    else if (event.decision !== null) this.#decision(event, event.decision)
  }

  get timeline(): ReadonlyArray<Step> {
    return this.#steps.map((step) => ({ ...step, operator: this.#commands.get(step.origin) ?? null }))
  }

  #life(event: AuditEvent): void {
    const moved = lifeMovedIn(event)
    if (moved === null) return
    const rests = moved.evidence === null ? "" : `, evidence ${moved.evidence}`
    this.#step(event, `life: ${moved.from ?? "new"} -> ${moved.to}${rests}`)
  }

  #step({ time, origin, reasons }: AuditEvent, what: string): void {
    this.#steps.push({ time, origin: formatOrigin(origin), what, reasons })
  }

  #decision(event: AuditEvent, { kind, outcome, reasons, trust, reputation }: Decision): void {
    this.last = { trust, reputation }
    if (kind !== "original") {
      this.#step(event, `${kind}: ${outcome}`)
      return
    }
    this.counts[outcome] = (this.counts[outcome] ?? 0) + 1
    this.decisions.push({ origin: formatOrigin(event.origin), outcome, reasons })
    if (this.decisions.length > RECENT) this.decisions.shift()
  }
}

/** @param whole the whole stream of the partition, or the latest events alone */
const historyOf = async (log: Log, partition: number, did: string, whole: boolean) => {
  const { start, end } = await log.bounds({ stream: STREAMS.audit, partition })
  const from = whole ? start : Math.max(start, end - LATEST)
  const history = new History()
  for await (const { value } of recordsOf(log, STREAMS.audit, partition, from)) {
    const event = readable(() => decodeAudit(value))
    if (event !== null) history.add(event, did)
  }
  return { history, isWhole: from === start }
}

/** For example `pump 7 (site=north, line=2)`. */
export const labelWords = ({ name, labels }: DeviceLabel): string => {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  return `${name ?? "no name"}${pairs.length === 0 ? "" : ` (${pairs.join(", ")})`}`
}

export const show = async (given: Arguments, did: string | undefined, output: Output): Promise<ExitCode> => {
  if (did === undefined || !did.startsWith("did:"))
    throw new UsageError("name the device by its DID: assay device show did:key:...")
  const log = await openForReading(given)
  try {
    const partition = partitionOf(signerOf(did), log.partitions)
    const now = await stateOfDevice(log, partition, did)
    const { history, isWhole } = await historyOf(log, partition, did, given.flag("history"))
    const { counts, decisions, timeline, last, label } = history
    const state = now?.state ?? last?.trust ?? null
    const reputation = now?.reputation ?? last?.reputation ?? null
    const known = now !== null || timeline.length > 0 || Object.keys(counts).length > 0
    const isAdmitted = timeline.some(({ what }) => what.startsWith("new ->"))
    const life = now === null ? null : lifeOf(now.life, isAdmitted, now.state)
    const since = now === null ? null : new Date(now.since).toISOString()
    const found = {
      device: did,
      partition,
      known,
      state,
      life,
      name: label?.name ?? null,
      labels: label?.labels ?? {},
      since,
      reputation,
      whole: isWhole,
      decisions: counts,
      timeline,
    }
    output.result(found, () => {
      const seen = isWhole ? "" : ` (of the latest ${LATEST} events of the partition; --history reads all)`
      if (!known) {
        const words = isWhole ? "has never been authenticated here" : "has no state here, and no decision"
        output.say(`${did} ${words}${seen} (partition ${partition})`)
        return
      }
      output.say(
        `${did}\n  now ${state ?? "unknown"}${since === null ? "" : ` since ${since}`}, reputation ${reputation?.toFixed(3) ?? "unknown"}, partition ${partition}`,
      )
      if (label !== null) output.say(`  ${labelWords(label)}`)
      if (life !== null)
        output.say(
          `  life: ${life}${now?.life === null ? ", nothing was said of it" : `; from here: ${movesFrom(life).join(", ") || "nothing"}`}`,
        )
      const words = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`)
      output.say(`  ${words.join(", ") || "no decision"}${seen}`)
      for (const { time, origin, what, operator, reasons } of timeline) {
        const because = [...(operator === null ? [] : [operator]), ...reasons].join(", ")
        output.say(
          `  ${new Date(time).toISOString()}  ${origin.padEnd(12)} ${because === "" ? what : `${what}  (${because})`}`,
        )
      }
      for (const line of adviceOn(decisions, "the latest messages")) output.say(`  ${line}`)
    })
    return known ? EXIT.ok : EXIT.failed
  } finally {
    await log.close()
  }
}
