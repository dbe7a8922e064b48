/** Turns records of the log into facts about devices. Pure: no Redis, no clock. */
import type { LogRecord } from "@assay/log"
import { claimedIssuer } from "@assay/message"
import { decodeAssayed, decodeAudit, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type AssayedMessage, type AuditEvent, controlDetailOf, lifeMovedIn, type Origin } from "@assay/trust"
import { encodeFact, type Fact, type FactName, type LifeFact, orderOf } from "./device-facts.ts"
import { countsOf, type PrincipalCount } from "./rejections.ts"

/** Longer names are no device's: identity-resolver takes none of that size. */
const MAX_DID = 2_048
/** The last millisecond that JavaScript can name (ECMA-262, 21.4.1.1). */
const LAST_TIME = 8_640_000_000_000_000

/** Facts by device, and by name: the newest of a batch. */
export type Patches = ReadonlyMap<string, ReadonlyMap<FactName, string>>

export class Fold {
  readonly patches = new Map<string, Map<FactName, string>>()
  /** Of each device, what it had signed and what was rejected, in order. */
  readonly rejections = new Map<string, Array<string>>()
  /** What each batch of rejected records counts by principal, in order. */
  readonly principals: Array<PrincipalCount> = []
  /** Records that are none, or speak of another partition. */
  readonly unreadable: Array<{ readonly stream: string; readonly offset: number; readonly why: string }> = []
  private readonly epoch: number
  private readonly partition: number

  constructor(epoch: number, partition: number) {
    this.epoch = epoch
    this.partition = partition
  }

  /** Records of audit.events. One that cannot be read is noted and passed over: it must not block what comes after. */
  audit(records: ReadonlyArray<LogRecord>): void {
    for (const record of records) {
      this.reading(STREAMS.audit, record, () => {
        const event = decodeAudit(record.value)
        // The origin of an incident between the stages is none on submitted.
        if (event.kind === "incident") return
        if (event.kind === "rejected-batch") {
          this.principals.push(...countsOf(event, orderOf(record.offset, 0)))
          return
        }
        this.mustBeOurs(event)
        this.event(event, record.offset)
      })
    }
  }

  /** Records of `stream`: verified, annotated or quarantined. */
  decided(stream: string, records: ReadonlyArray<LogRecord>): void {
    for (const record of records) {
      this.reading(stream, record, () => {
        const message = decodeAssayed(record.value)
        this.mustBeOurs(message)
        this.zone(message, record.offset)
      })
    }
  }

  /** Records of telemetry.rejected. Only what a device had signed is its own; else whoever names it could say things of it. */
  rejected(records: ReadonlyArray<LogRecord>): void {
    for (const record of records) {
      this.reading(STREAMS.rejected, record, () => {
        const { origin, time, key, value, signed, reasons, detail, principal } = decodeRejected(record.value)
        this.mustBeOurs({ origin, time })
        const device = Buffer.from(key).toString("utf8")
        // Records without claims are known by their key alone, which anybody chooses.
        if (!signed || device.length > MAX_DID || claimedIssuer(value) !== device) return
        const placed = { origin: origin.offset, time, at: record.offset }
        const fact = encodeFact(orderOf(record.offset, 0), { ...placed, reasons, detail, principal })
        const before = this.rejections.get(device)
        if (before === undefined) this.rejections.set(device, [fact])
        else before.push(fact)
      })
    }
  }

  private reading(stream: string, record: LogRecord, read: () => void): void {
    try {
      read()
    } catch (cause) {
      this.unreadable.push({ stream, offset: record.offset, why: (cause as Error).message })
    }
  }

  private mustBeOurs({ origin, time }: { readonly origin: Origin; readonly time: number }): void {
    const { epoch, partition, offset } = origin
    if (epoch !== this.epoch || partition !== this.partition || offset < 0)
      throw new RangeError(`its origin ${epoch}/${partition}/${offset} is not of this partition`)
    if (time < 0 || time > LAST_TIME) throw new RangeError(`its time ${time} is none`)
  }

  private event(event: AuditEvent, at: number): void {
    const { device, decision, time, reasons } = event
    const placed = { origin: event.origin.offset, time, at }
    const order = orderOf(event.origin.offset, event.index)
    if (event.kind === "life" && device !== null) this.life(event, order, placed)
    else if (event.kind === "transition" && device !== null && event.to !== null)
      this.put(device, order, { name: "t", value: { ...placed, to: event.to, from: event.from, reasons } })
    else if (event.kind === "decision" && device !== null && decision !== null) {
      const { outcome, trust, reputation, kind } = decision
      const supersedes = decision.supersedes?.offset ?? null
      this.put(device, order, {
        name: "d",
        value: { ...placed, outcome, reasons: decision.reasons, trust, reputation, kind, supersedes },
      })
    } else if (event.kind === "control" && event.count === 1) {
      const what = controlDetailOf(event)
      // What was accepted is a command or an activation; anything else was not written by Assay.
      if (what === null) throw new RangeError("a control event whose detail is none that Assay writes")
      if (what.kind !== "command" || !what.target.startsWith("did:")) return
      if (what.label !== null) this.put(what.target, order, { name: "n", value: { ...placed, ...what.label } })
      const { verb, reason, signers } = what
      this.put(what.target, order, { name: "o", value: { ...placed, verb, reason, signers } })
    }
  }

  private life(event: AuditEvent, order: string, placed: Pick<LifeFact, "origin" | "time" | "at">): void {
    const moved = lifeMovedIn(event)
    if (moved === null) throw new RangeError("an event of a life whose detail is none that Assay writes")
    this.put(event.device!, order, { name: "l", value: { ...placed, ...moved } })
  }

  private zone(message: AssayedMessage, at: number): void {
    const { claims, subject, origin, time } = message
    const verdict = message.verdicts.segmentation
    // A presentation goes to Assay itself: it comes from no zone.
    if (claims?.kind !== "message" || verdict === null) return
    const path = verdict.detail === null ? null : (JSON.parse(verdict.detail) as Path)
    const unassigned = verdict.reasons.includes("segmentation.unassigned")
    // Where the policy was missing or over, nothing is known of the zone: what was known stands.
    if (typeof path?.from !== "string" && !unassigned) return
    this.put(claims.iss, orderOf(origin.offset, 0), {
      name: "z",
      value: {
        origin: origin.offset,
        time,
        at,
        zone: unassigned ? null : path!.from!,
        policy: path?.policy ?? null,
        vendor: subject?.vendor ?? null,
        class: subject?.class ?? null,
        assurance: subject?.assurance ?? "none",
      },
    })
  }

  private put(device: string, order: string, { name, value }: Fact): void {
    if (device.length > MAX_DID) throw new RangeError(`a name of ${device.length} characters is no device's`)
    let facts = this.patches.get(device)
    if (facts === undefined) {
      facts = new Map()
      this.patches.set(device, facts)
    }
    const before = facts.get(name)
    if (before === undefined || before < order) facts.set(name, encodeFact(order, value))
  }
}

/**
 * `detail` of a segmentation verdict: the one place where a message's zone stands. It is for people, and so is this model;
 * no judgement reads either.
 */
interface Path {
  readonly from?: string
  readonly policy?: number
}
