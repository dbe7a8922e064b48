/**
 * The contract of a stage. `judge` and `apply` are pure and synchronous: same entries, same verdicts, in any batch
 * split. All I/O, signatures and clocks live in `prepare` and `gather`, and come back as recorded facts.
 */
import type { AuditDraft } from "./audit.ts"
import type { Knowledge, Verb } from "./knowledge.ts"
import type { AssayedMessage, Origin } from "./message.ts"
import type { ReasonCode } from "./reasons.ts"
import type { Decision, StageName, Verdict } from "./verdict.ts"

/** A control entry after the runner has checked its signatures, thresholds, expiry and sequence: a fact, not a claim. */
export interface ControlFact {
  readonly accepted: boolean
  /** Why it was refused; empty when accepted. */
  readonly reasons: ReadonlyArray<ReasonCode>
  readonly what:
    | {
        readonly kind: "command"
        readonly verb: Verb
        readonly target: string
        readonly signers: ReadonlyArray<string>
        readonly reason: string
      }
    | {
        readonly kind: "activation"
        readonly item: "bundle" | "policy"
        readonly hash: string
        readonly version: number
      }
    | { readonly kind: "unreadable" }
}

interface Placed {
  readonly origin: Origin
  /** Milliseconds since 1970 by the log. */
  readonly time: number
}
export interface MessageEntry extends Placed {
  readonly kind: "message"
  readonly message: AssayedMessage
  /** The knowledge in force at this entry. */
  readonly knowledge: Knowledge
}
export interface ControlEntry extends Placed {
  readonly kind: "control"
  readonly control: ControlFact
  /** The knowledge in force AFTER this entry. */
  readonly knowledge: Knowledge
}
export interface AdmissionEntry extends Placed {
  readonly kind: "admission"
  readonly device: string
  readonly knowledge: Knowledge
}
export interface TickEntry extends Placed {
  readonly kind: "tick"
  readonly knowledge: Knowledge
}
export type Entry = MessageEntry | ControlEntry | AdmissionEntry | TickEntry

/** The reserved key under which a stage keeps what concerns the whole partition (the breaker, say). Never a DID. */
export const PARTITION_KEY = ""

/**
 * Keys that are no DID are a stage's own (PARTITION_KEY, or a table that several devices share, such as which hardware is
 * bound to whom). Only `apply` and `shared` write them, so strangers cannot make them, and the pool must not evict them.
 */
export const isReservedKey = (key: string): boolean => !key.startsWith("did:")

/** A stage's states in one partition, as of just before the entry at hand. Reads never create. */
export interface StateView<State> {
  get(device: string): State | undefined
  isAdmitted(device: string): boolean
  /** Devices whose `deadline` is at or before `time`, earliest first, at most `limit`; the rest stay due. */
  due(time: number, limit: number): ReadonlyArray<string>
  /** How many devices have been admitted. */
  readonly admitted: number
}

export interface Judgement<State> {
  /** Null only where `decision` is set by the first stage (rejected at once). */
  readonly verdict: Verdict | null
  /** The device's new state; undefined leaves it as it is. Never mutate the old one. */
  readonly state: State | undefined
  /** A new partition-wide state (PARTITION_KEY); undefined leaves it. */
  readonly shared?: State | undefined
  /** Set by a decider: identity-resolver for `rejected`, anomaly-quarantine for all else. */
  readonly decision?: Decision | undefined
  readonly events?: ReadonlyArray<AuditDraft> | undefined
  /** Asks the runner to append an admission entry for this device to `submitted`. */
  readonly admit?: string | undefined
}

/** What a control, admission or tick entry does. */
export interface Effects<State> {
  /** New states by device key; null removes. */
  readonly states: ReadonlyArray<readonly [device: string, state: State | null]>
  readonly events: ReadonlyArray<AuditDraft>
  /** Messages to issue again from the quarantined stream with a superseding decision. */
  readonly releases: ReadonlyArray<{ readonly origin: Origin; readonly decision: Decision }>
}

/** The shared "nothing happens". */
export const NO_EFFECTS: Effects<never> = { states: [], events: [], releases: [] }

/** How a state is stored. A layout of `@assay/layout` is one. */
export interface StateCodec<State> {
  encode(state: State): Uint8Array
  /** Throws for bytes that are no state of this version. */
  decode(bytes: Uint8Array): State
}

export interface Stage<State, Facts = undefined, Prepared = undefined> {
  readonly name: StageName
  /** Raised with every change of judgement; verdicts cite it. */
  readonly logicVersion: number
  readonly codec: StateCodec<State>
  /** The state key of a message; undefined keeps no state. Strangers' states live in a pool of this many. */
  readonly maxStrangers: number
  /**
   * Whether a stranger's state must outlive every newcomer: what operators decided about it, say. Such states stand outside
   * of the pool, so nothing that a stranger can do by itself may make one.
   */
  keeps?(state: State): boolean
  /** When a state wants to see a tick (milliseconds since 1970), or undefined. */
  deadline?(state: State): number | undefined
  /** Work that needs no state and no knowledge (parsing, signatures), started a batch ahead, off-thread. Never throws. */
  prepare?(messages: ReadonlyArray<AssayedMessage>): Promise<ReadonlyArray<Prepared>>
  /** Loads what judge needs, one fact per entry (undefined for entries without need). A failure becomes a fact, never an exception. */
  gather(
    entries: ReadonlyArray<Entry>,
    states: StateView<State>,
    prepared: ReadonlyArray<Prepared | undefined>,
  ): Promise<ReadonlyArray<Facts>> | ReadonlyArray<Facts>
  /** Pure; adds a verdict. identity-resolver may also fill `message.claims` and `message.readings` from its facts. */
  judge(entry: MessageEntry, state: State | undefined, facts: Facts, states: StateView<State>): Judgement<State>
  /** Pure; what a control, admission or tick entry does. */
  apply(entry: ControlEntry | AdmissionEntry | TickEntry, states: StateView<State>, facts: Facts): Effects<State>
}

/** A stage whose types nobody outside needs; what the runner drives. */
// biome-ignore lint/suspicious/noExplicitAny: the runner only passes states, facts and prepared work back to their own stage
export type AnyStage = Stage<any, any, any>
