/** The sums of a backtest: by machine, by reason, and against labels where the file has some. */
import { OUTCOMES, type Outcome, type ReasonCode, type TrustState } from "@assay/trust"
import type { Outcome as Judged } from "../own-time/node.ts"
import type { Pack } from "./read/packs.ts"

export interface OfDevice {
  readonly device: string
  messages: number
  readonly outcomes: Record<Outcome, number>
  /** How often it became watched, and was quarantined. */
  watches: number
  quarantines: number
  trust: TrustState
  readonly reasons: Map<ReasonCode, number>
}

export interface OfReason {
  readonly reason: ReasonCode
  messages: number
  /** The first message that has it. */
  readonly first: { readonly at: number; readonly device: string; readonly line: number }
}

/** Messages by what the file says of them and whether they were `verified`. */
export interface Labels {
  /** Called anomalous by the file. */
  readonly anomalous: number
  readonly anomalousUnverified: number
  readonly normal: number
  readonly normalUnverified: number
}

const NORMAL = new Set(["0", "0.0", "false", "no", "normal", "ok", "good"])

/** Whether a label calls its message anomalous; null where there is none. */
export const isAnomalous = (label: string | null): boolean | null =>
  label === null ? null : !NORMAL.has(label.trim().toLowerCase())

const noOutcomes = (): Record<Outcome, number> =>
  Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>

export class Tally {
  readonly outcomes = noOutcomes()
  messages = 0
  private readonly byDevice = new Map<string, OfDevice>()
  private readonly byReason = new Map<ReasonCode, OfReason>()
  private readonly counted = { anomalous: 0, anomalousUnverified: 0, normal: 0, normalUnverified: 0 }

  readonly add = ({
    tag: { device, at, line, label },
    decided: { decision },
    trustAfter,
    moves,
  }: Judged<Pack>): void => {
    const { outcome, reasons } = decision
    this.messages++
    this.outcomes[outcome]++
    const own = this.deviceOf(device)
    own.messages++
    own.outcomes[outcome]++
    own.trust = trustAfter
    own.watches += moves.filter(({ to }) => to === "watched").length
    own.quarantines += moves.filter(({ to }) => to === "quarantined").length
    for (const reason of reasons) {
      own.reasons.set(reason, (own.reasons.get(reason) ?? 0) + 1)
      const known = this.byReason.get(reason)
      if (known === undefined) this.byReason.set(reason, { reason, messages: 1, first: { at, device, line } })
      else known.messages++
    }
    const anomalous = isAnomalous(label)
    if (anomalous === null) return
    const unverified = outcome === "verified" ? 0 : 1
    if (anomalous) {
      this.counted.anomalous++
      this.counted.anomalousUnverified += unverified
    } else {
      this.counted.normal++
      this.counted.normalUnverified += unverified
    }
  }

  /** Those that lost most first. */
  devices(): ReadonlyArray<OfDevice> {
    const lost = ({ messages, outcomes, quarantines, watches }: OfDevice): number =>
      quarantines * 1e6 + watches * 1e3 + (messages - outcomes.verified) / messages
    return [...this.byDevice.values()].toSorted((a, b) => lost(b) - lost(a))
  }

  /** The most frequent first. */
  reasons(): ReadonlyArray<OfReason> {
    return [...this.byReason.values()].toSorted((a, b) => b.messages - a.messages)
  }

  /** Null where the file has no labels. */
  labels(): Labels | null {
    return this.counted.anomalous + this.counted.normal === 0 ? null : this.counted
  }

  private deviceOf(device: string): OfDevice {
    const known = this.byDevice.get(device)
    if (known !== undefined) return known
    const fresh: OfDevice = {
      device,
      messages: 0,
      outcomes: noOutcomes(),
      watches: 0,
      quarantines: 0,
      trust: "learning",
      reasons: new Map(),
    }
    this.byDevice.set(device, fresh)
    return fresh
  }
}
