/** A partition in memory that holds anomaly-quarantine alone: builds entries, keeps states, runs them in order. */

import { BREAKER, type Breaker, trustOf } from "@assay/detection"
import {
  type AssayedMessage,
  type Assurance,
  type ControlFact,
  type Effects,
  type FirmwareClaim,
  isReservedKey,
  type Judged,
  type Knowledge,
  NO_KNOWLEDGE,
  type Obligation,
  outcomeOf,
  type ReasonCode,
  type StateView,
  type Subject,
  type TrustState,
  type Verdict,
} from "@assay/trust"
import { ANOMALY_DEFAULTS, type AnomalyLimits, type AnomalyState, anomalyStage } from "../src/stage.ts"
import { LAYOUT } from "../src/state.ts"

export const verdict = (reasons: ReadonlyArray<ReasonCode> = [], more: Partial<Verdict> = {}): Verdict => ({
  outcome: outcomeOf(reasons),
  reasons,
  observed: [],
  obligations: [],
  knowledge: [],
  assurance: "software",
  logic: 1,
  detail: null,
  ...more,
})

export interface Said {
  readonly time?: number
  readonly values?: ReadonlyArray<number>
  /** Of all values; left out: each has a name of its own. */
  readonly name?: string
  /** Reasons by earlier stages. */
  readonly identity?: ReadonlyArray<ReasonCode>
  readonly credential?: ReadonlyArray<ReasonCode>
  readonly integrity?: ReadonlyArray<ReasonCode>
  readonly segmentation?: ReadonlyArray<ReasonCode>
  readonly obligations?: ReadonlyArray<Obligation>
  readonly assurance?: Assurance
  readonly presentation?: boolean
  /** Evidence of its hardware; whether it was affirmed. */
  readonly evidence?: boolean
  readonly fw?: FirmwareClaim
}

/** What the credential of every device says, where a test has set it. */
const NOBODY: Subject | null = null

export class Harness {
  readonly states = new Map<string, AnomalyState>()
  readonly admittedDevices = new Set<string>()
  readonly events: Array<NonNullable<Judged<AnomalyState, Breaker>["events"]>[number]> = []
  time = 1_000_000_000_000
  offset = 0
  readonly stage
  readonly view: StateView<AnomalyState, Breaker>
  breaker: Breaker | undefined
  /** In force at every entry from here on. */
  knowledge: Knowledge = NO_KNOWLEDGE
  subject: Subject | null = NOBODY

  constructor(config: AnomalyLimits = ANOMALY_DEFAULTS) {
    this.stage = anomalyStage(config)
    const harness = this
    const states = this.states
    const admitted = this.admittedDevices
    this.view = {
      get: (device) => states.get(device),
      get shared() {
        return harness.breaker
      },
      isAdmitted: (device) => admitted.has(device),
      admittedWhere: (wanted) =>
        [...states].flatMap(([did, one]) => (admitted.has(did) && wanted(one) ? [did] : [])).sort(),
      ownKeys: (prefix) => [...states.keys()].filter((key) => isReservedKey(key) && key.startsWith(prefix)).sort(),
      due: (time, limit) =>
        [...states]
          .map(([device, state]) => [device, this.stage.strangers.deadline!(state)] as const)
          .filter(([, deadline]) => deadline !== undefined && deadline <= time)
          .sort((a, b) => a[1]! - b[1]!)
          .slice(0, limit)
          .map(([device]) => device),
      get admitted() {
        return admitted.size
      },
    }
  }

  get logic() {
    return this.stage.logic.get(1)!
  }

  trust(device: string): TrustState {
    return trustOf(this.device(device))
  }

  /** The state of a device; undefined where there is none. */
  device(device: string): AnomalyState | undefined {
    return this.states.get(device)
  }

  private place() {
    return { origin: { epoch: 1, partition: 3, offset: this.offset++ }, time: this.time, knowledge: this.knowledge }
  }

  private keep(effects: Effects<AnomalyState, Breaker>): Effects<AnomalyState, Breaker> {
    for (const [device, state] of effects.states)
      if (state === null) this.states.delete(device)
      else this.states.set(device, LAYOUT.decode(LAYOUT.encode(state)))
    this.share(effects.shared)
    this.events.push(...effects.events)
    return effects
  }

  /** As the runner stores it. */
  private share(breaker: Breaker | undefined): void {
    if (breaker !== undefined) this.breaker = BREAKER.decode(BREAKER.encode(breaker))
  }

  admit(device: string): void {
    this.keep(this.logic.apply({ ...this.place(), kind: "admission", device, proof: null }, this.view, undefined))
    this.admittedDevices.add(device)
  }

  tick(afterMs: number): Effects<AnomalyState, Breaker> {
    this.time += afterMs
    return this.keep(this.logic.apply({ ...this.place(), kind: "tick" }, this.view, undefined))
  }

  control(control: ControlFact): Effects<AnomalyState, Breaker> {
    return this.keep(this.logic.apply({ ...this.place(), kind: "control", control }, this.view, undefined))
  }

  command(
    verb: "quarantine" | "release" | "revoke" | "breaker-override" | "unbind",
    target: string,
    signers: ReadonlyArray<string>,
  ) {
    return this.control({
      accepted: true,
      reasons: [],
      what: { kind: "command", verb, target, signers, reason: "test" },
    })
  }

  message(device: string, said: Said): AssayedMessage {
    const { origin, time } = this.place()
    const head = {
      alg: "Ed25519",
      kid: `${device}#0`,
      iss: device,
      aud: "https://plant.example/a",
      iat: time / 1000,
      digest: "d",
    } as const
    return {
      origin,
      time,
      key: device,
      envelope: {
        bytes: new Uint8Array(),
        mediaType: "application/jose",
        binding: "test",
        originator: null,
        principal: null,
      },
      claims: said.presentation
        ? { kind: "presentation", ...head, credentials: ["e30.e30.AA"] }
        : said.evidence !== undefined
          ? { kind: "evidence", ...head, epo: 0, format: "tpm2" }
          : {
              kind: "message",
              ...head,
              act: "telemetry",
              epo: 0,
              seq: origin.offset,
              prv: null,
              fw: said.fw ?? null,
              body: null,
            },
      subject: this.subject,
      readings: (said.values ?? []).map((value, i) => ({
        name: said.name ?? `urn:dev:${device}:${i}`,
        unit: null,
        value,
        text: null,
        flag: null,
        time: time / 1000,
      })),
      verdicts: {
        identity: verdict(said.identity),
        credential: verdict(said.credential, { assurance: said.assurance ?? "software" }),
        integrity: verdict(said.integrity, said.evidence === true ? { assurance: "hardware" } : {}),
        segmentation: verdict(said.segmentation, { obligations: said.obligations ?? [] }),
        anomaly: null,
      },
      decision: null,
    }
  }

  /** Judges one message a second later (or at `time` later) and keeps what it changed. */
  say(device: string, said: Said = {}): Judged<AnomalyState, Breaker> {
    this.time += said.time ?? 1000
    const message = this.message(device, said)
    const entry = {
      kind: "message",
      origin: message.origin,
      time: message.time,
      message,
      knowledge: this.knowledge,
    } as const
    const before = this.states.get(device)
    if (before !== undefined) Object.freeze(before)
    const judgement = this.logic.judge(entry, before, undefined, this.view)
    if (judgement.rejection !== undefined) throw new Error("anomaly-quarantine never rejects")
    if (judgement.state !== undefined) this.states.set(device, judgement.state)
    this.share(judgement.shared)
    this.events.push(...(judgement.events ?? []))
    return judgement
  }

  /** Admits a device and lets it earn trust. */
  trusted(device: string, values: (k: number) => ReadonlyArray<number> = (k) => [20 + Math.sin(k)]): void {
    this.admit(device)
    for (let k = 0; k < 10; k++) this.say(device, { values: values(k) })
  }
}
