/**
 * The anomaly stage alone, over one device: what the earlier stages say is taken as `pass`. For speed: no key, no log, no
 * codec. `agreement.ts` holds a sample of it to the whole pipeline.
 */
import { SERVICES } from "@assay/cli/services"
import {
  type AnyStage,
  type AssayedMessage,
  DEFAULT_RULES,
  type Decision,
  type Effects,
  type Judgement,
  type Knowledge,
  type MessageEntry,
  NO_KNOWLEDGE,
  type ProfileRules,
  SERVICE_NAMES,
  type StateView,
  type TrustState,
  type Verdict,
} from "@assay/trust"
import { NO_REASONS, verdictOf } from "@assay/trust/kit"
import { type Judged, judgedOf } from "./judged.ts"

const DEVICE = "did:example:series"
const URN = "urn:dev:series:"
const PASS: Verdict = verdictOf(1, { reasons: NO_REASONS, assurance: "software" })
const VERDICTS = { identity: PASS, credential: PASS, integrity: PASS, segmentation: PASS, anomaly: null } as const
const ENVELOPE = {
  bytes: new Uint8Array(),
  mediaType: "application/jose",
  binding: "test",
  originator: null,
  principal: null,
} as const
/** More transitions than silence can cause one after the other: quarantined, probation, stale. */
const TICKS = 8

/** The rules of a profile as the stage sees them at an entry; null for the defaults. */
export const knowledgeUnder = (rules: ProfileRules | null): Knowledge =>
  rules === null || rules === DEFAULT_RULES
    ? NO_KNOWLEDGE
    : {
        ...NO_KNOWLEDGE,
        profile: {
          hash: "",
          version: 1,
          expires: Number.POSITIVE_INFINITY,
          body: { ...rules, version: 1, issued: 0, expires: Number.POSITIVE_INFINITY },
        } as NonNullable<Knowledge["profile"]>,
      }

/** A fresh stage; share one among the devices of a run. */
export const freshStage = (): AnyStage => {
  const service = SERVICES.find(({ name }) => name === SERVICE_NAMES.anomaly)!
  return service.stage({
    log: { genesis: 0, partitions: 1 },
    verify: () => Promise.reject(new Error("the anomaly stage verifies nothing")),
  })
}

/** Readings by their name: a number, or what is kept as text or flag. */
export type Pack = Readonly<Record<string, number | boolean | string>>

export class OneDevice {
  /** The trust state now. */
  trust: TrustState = "learning"
  /** Each change of trust, with the number of messages judged before it. */
  readonly transitions: Array<{ readonly at: number; readonly from: TrustState; readonly to: TrustState }> = []
  private readonly stage: AnyStage
  private readonly knowledge: Knowledge
  private readonly logic
  private readonly view: StateView<unknown, unknown>
  private state: unknown
  private shared: unknown
  private deadline: number | undefined
  private time: number
  /** Messages made, and judged. */
  private made = 0
  private count = 0

  /** @param time milliseconds since 1970: when the device is admitted */
  constructor(stage: AnyStage, time: number, knowledge: Knowledge = NO_KNOWLEDGE) {
    this.stage = stage
    this.knowledge = knowledge
    this.time = time
    this.logic = stage.logic.get(Math.max(...stage.logic.keys()))!
    let isAdmitted = false
    const due = (until: number): ReadonlyArray<string> =>
      this.deadline !== undefined && this.deadline <= until ? [DEVICE] : []
    const shared = (): unknown => this.shared
    this.view = {
      get: (key) => (key === DEVICE ? this.state : undefined),
      get shared() {
        return shared()
      },
      isAdmitted: () => isAdmitted,
      admittedWhere: () => [],
      ownKeys: () => [],
      due,
      get admitted() {
        return isAdmitted ? 1 : 0
      },
    }
    this.applied(
      this.logic.apply({ ...this.place(time), kind: "admission", device: DEVICE, proof: null }, this.view, undefined),
    )
    isAdmitted = true
  }

  /**
   * Judges the next message, after the ticks that were due before it.
   * @param at log time, milliseconds since 1970; never before the last
   * @param iat what the device's clock says, in seconds
   */
  say(at: number, pack: Pack, iat = Math.floor(at / 1000)): Judged {
    this.tickUntil(at)
    return this.judge(this.entry(at, pack, iat))
  }

  /** The next message as it comes from the stage before. */
  entry(at: number, pack: Pack, iat = Math.floor(at / 1000)): MessageEntry {
    const entry: MessageEntry = { ...this.place(at), kind: "message", message: this.message(at, pack, iat) }
    this.made += 1
    return entry
  }

  /** Judges an entry that was made beforehand: what it costs is what the stage costs. */
  judge(entry: MessageEntry): Judged {
    const judged: Judgement<unknown, unknown> = this.logic.judge(entry, this.state, undefined, this.view)
    if (judged.rejection !== undefined) throw new Error(`the anomaly stage rejected: ${judged.rejection.reason}`)
    if (judged.state !== undefined) this.keep(judged.state)
    if (judged.shared !== undefined) this.shared = judged.shared
    this.follow(judged.events ?? [])
    this.count += 1
    return judgedOf(judged.decision as Decision, this.trust)
  }

  /** Bytes that its state has where it is stored. */
  get bytes(): number {
    return this.state === undefined ? 0 : this.stage.state.sizeOf(this.state)
  }

  private tickUntil(at: number): void {
    for (let n = 0; n < TICKS && this.deadline !== undefined && this.deadline <= at; n++) {
      const time = Math.max(this.time, this.deadline)
      this.applied(this.logic.apply({ ...this.place(time), kind: "tick" }, this.view, undefined))
    }
  }

  private place(time: number) {
    this.time = Math.max(this.time, time)
    return {
      origin: { epoch: 1, partition: 0, offset: this.made },
      time: this.time,
      knowledge: this.knowledge,
    } as const
  }

  private applied({ states, shared, events }: Effects<unknown, unknown>): void {
    for (const [key, state] of states) if (key === DEVICE) this.keep(state ?? undefined)
    if (shared !== undefined) this.shared = shared
    this.follow(events)
  }

  private keep(state: unknown): void {
    this.state = state
    this.deadline = state === undefined ? undefined : this.stage.strangers.deadline?.(state)
  }

  private follow(events: Effects<unknown, unknown>["events"]): void {
    for (const event of events) {
      if (event.kind !== "transition" || event.device !== DEVICE) continue
      if (event.from !== null) this.transitions.push({ at: this.count, from: event.from, to: event.to })
      this.trust = event.to
    }
  }

  private message(time: number, pack: Pack, iat: number): AssayedMessage {
    return {
      origin: { epoch: 1, partition: 0, offset: this.made },
      time,
      key: DEVICE,
      envelope: ENVELOPE,
      claims: {
        kind: "message",
        alg: "Ed25519",
        kid: `${DEVICE}#0`,
        iss: DEVICE,
        aud: "https://plant.example/historian/weather",
        iat,
        digest: `d${this.made}`,
        act: "telemetry",
        epo: 0,
        seq: this.made,
        prv: this.made === 0 ? null : `d${this.made - 1}`,
        fw: null,
        body: null,
      },
      subject: null,
      readings: Object.entries(pack).map(([name, value]) => ({
        name: URN + name,
        unit: null,
        value: typeof value === "number" ? value : null,
        text: typeof value === "string" ? value : null,
        flag: typeof value === "boolean" ? value : null,
        time: iat,
      })),
      verdicts: VERDICTS,
      decision: null,
    }
  }
}
