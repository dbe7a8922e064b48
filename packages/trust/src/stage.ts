/**
 * The contract of a stage, version 2. `judge` and `apply` are pure and synchronous: same entries, same verdicts, in any
 * batch split. They return what they found and change nothing: the engine applies it. Signatures are verified in `prepare`
 * and `gather`, which see no state, and come back as facts.
 */
import type { AuditDraft } from "./audit.ts"
import type { Knowledge, SubjectKnowledge, Verb } from "./knowledge.ts"
import type { AssayedMessage, Claims, Origin, Reading, Subject } from "./message.ts"
import type { ReasonCode } from "./reasons.ts"
import type { Relied, Revocation } from "./revocation.ts"
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
        /** Set for the verb `erase`. */
        readonly erasure?: Erasure
        /** Set for the verb `rejudge`. */
        readonly rejudgement?: Rejudgement
        /** Set for a `revoke` that reaches back, or that is of a credential or an issuer. */
        readonly revocation?: Revocation
        /** Set for `resync`: SHA-256 (base64url) of the one-time value that the device was given on site. */
        readonly value?: string
        /** Set for `rebaseline`: the devices that it names, in whichever partition. */
        readonly devices?: ReadonlyArray<string>
        /** Of the verbs of a device's life: SHA-256 (base64url) of what the command rests on, where it names anything. */
        readonly evidence?: string
        /** Set for `claim`: what the voucher says, whose signatures hold. */
        readonly claim?: Claim
        /** What people call the device, as signed; set for `label`. */
        readonly label?: DeviceLabel
      }
    | {
        readonly kind: "activation"
        /** The kind's name; at most 64 characters of what the entry said, where no such kind is known. */
        readonly item: string
        readonly hash: string
        readonly version: number
      }
    | { readonly kind: "unreadable" }
  /**
   * Set where the same command lies in every partition, and this one is not that which records it: what it does here is
   * done, and its event is the other's.
   */
  readonly elsewhere?: true
}

/** A device as its voucher names it, and as its owner has claimed it. */
export interface Claim {
  /** The key that its maker gave it, by DID. */
  readonly identity: string
  readonly manufacturer: string
  readonly vendor: string
  readonly class: string
  readonly serial: string
  /** How often it was handed on before this owner. */
  readonly handovers: number
}

/** Beside the DID, for people: nothing is decided by it. */
export interface DeviceLabel {
  readonly name: string | null
  readonly labels: Readonly<Record<string, string>>
}

/** What an erasure is about, and what proves that it was asked for. */
export interface Erasure {
  /** The DID, as the command's opening says; null where it carries none, as in the audit record. */
  readonly device: string | null
  /** Whether a threshold of the roots signed it, which a convicted device needs. */
  readonly byRoots: boolean
  /** The signed tokens, which say nothing of the device. */
  readonly tokens: ReadonlyArray<string>
}

/** What a rejudgement is about, as operators signed it. */
export interface Rejudgement {
  /** The reason that is judged again. */
  readonly reason: string
  /** Records of quarantined messages, as they are kept. */
  readonly records: ReadonlyArray<Uint8Array>
  /** The same, read by the engine; null where one is no message. */
  readonly messages?: ReadonlyArray<AssayedMessage | null>
  /** Devices whose trust fell by that reason. */
  readonly restore: ReadonlyArray<string>
  /** Compact credentials of the devices, where the reason is about these: a message does not carry that of its device. */
  readonly credentials: ReadonlyArray<string>
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
  /** Items about devices that are in force at this entry, to be read while it is judged. Left out: none. */
  readonly subjects?: SubjectKnowledge
}
export interface ControlEntry extends Placed {
  readonly kind: "control"
  readonly control: ControlFact
  /** The knowledge in force AFTER this entry. */
  readonly knowledge: Knowledge
}
/** The presentation that earned an admission: whoever can write to `submitted` could ask for any. */
export interface AdmissionProof {
  /** Where it lies. */
  readonly origin: Origin
  /** The signed bytes as they were received. */
  readonly bytes: Uint8Array
}
export interface AdmissionEntry extends Placed {
  readonly kind: "admission"
  readonly device: string
  /** Null where the entry carries none: nobody is admitted by it. */
  readonly proof: AdmissionProof | null
  readonly knowledge: Knowledge
  /** As of a message. */
  readonly subjects?: SubjectKnowledge
}
export interface TickEntry extends Placed {
  readonly kind: "tick"
  readonly knowledge: Knowledge
}
export type Entry = MessageEntry | ControlEntry | AdmissionEntry | TickEntry

/**
 * Keys that are no DID are a stage's own: a table that several devices share, such as which hardware is bound to whom.
 * Only `apply` writes them, so strangers cannot make them, and the pool must not evict them.
 */
export const isReservedKey = (key: string): boolean => !key.startsWith("did:")

/** A stage's states in one partition, as of just before the entry at hand. Reads never create. */
export interface StateView<State, Shared = never> {
  get(key: string): State | undefined
  /** The one state of the whole partition (the quarantine breaker, say); undefined until it is first written. */
  readonly shared: Shared | undefined
  isAdmitted(device: string): boolean
  /** Devices whose `deadline` is at or before `time`, earliest first, at most `limit`; the rest stay due. */
  due(time: number, limit: number): ReadonlyArray<string>
  /**
   * Admitted devices whose state is `wanted`, by name. It looks at every state of the partition, in its place: only what comes seldom
   * may ask, and `wanted` must keep nothing.
   */
  admittedWhere(wanted: (state: State) => boolean): ReadonlyArray<string>
  /**
   * The stage's own keys (`isReservedKey`) that begin so and have a state, in order. It looks at every name of the partition: only what
   * comes seldom may ask.
   */
  ownKeys(prefix: string): ReadonlyArray<string>
  /** How many devices have been admitted. */
  readonly admitted: number
}

/** What a stage found out about the message itself; the engine puts it there. */
export interface Enrichment {
  /** By identity-resolver, both or none. */
  readonly claims?: Claims
  readonly readings?: ReadonlyArray<Reading>
  /** By credential-checker. */
  readonly subject?: Subject
}

/** The message was never authenticated. It touches no state, and no later stage sees it. */
export interface Rejected {
  readonly rejection: Rejection
}
export interface Rejection {
  readonly reason: ReasonCode
  /** What was wrong with this very message, and how it would be right: a sentence for people. At most DETAIL_CHARS are kept. */
  readonly detail: string | null
  /**
   * Whether the one whom it names as issuer signed it: then that one, or who repeats or misdirects it, has something to mend. Else
   * anybody made it, or it was changed on its way.
   */
  readonly signed: boolean
}

export interface Judged<State, Shared = never> {
  readonly rejection?: undefined
  readonly verdict: Verdict
  readonly enrich?: Enrichment | undefined
  /** The new state of the message's subject; undefined leaves it as it is. Never mutate the old one. */
  readonly state: State | undefined
  /**
   * The new state of whoever signed the message in the name of its subject (`signerOf`); undefined leaves it. Its states lie in the
   * same partition, and a message of a device that signs for itself has none.
   */
  readonly signer?: State | undefined
  /** The new state of the partition; undefined leaves it. */
  readonly shared?: Shared | undefined
  /** The last stage must set it, and no other may. */
  readonly decision?: Decision | undefined
  readonly events?: ReadonlyArray<AuditDraft> | undefined
  /** Asks the runner to append an admission entry for this device to `submitted`, with this message as its proof. */
  readonly admit?: string | undefined
}

/** Only identity-resolver rejects. */
export type Judgement<State, Shared = never> = Rejected | Judged<State, Shared>

/** What a control, admission or tick entry does. */
export interface Effects<State, Shared = never> {
  /** New states by key; null removes. */
  readonly states: ReadonlyArray<readonly [key: string, state: State | null]>
  /** The new state of the partition; undefined leaves it. */
  readonly shared?: Shared | undefined
  readonly events: ReadonlyArray<AuditDraft>
  /** The last stage's word on an erasure: it is carried out. What comes before it has only the signatures to go by. */
  readonly erases?: boolean
  /** Messages that get a superseding decision: to issue again from the quarantined stream, or to take back. */
  readonly releases: ReadonlyArray<{
    readonly origin: Origin
    readonly decision: Decision
    /** As the stage saw it: only if this is the message that is kept, it is issued. Left out: whichever is. */
    readonly message?: AssayedMessage
    /** It lies among what was undecided, as its device's bytes; `message` is what is issued. */
    readonly undecided?: boolean
    /** It was issued, and is taken back: where the record of its decision lies. */
    readonly issued?: Pick<Relied, "outcome" | "at">
  }>
}

/** The shared "nothing happens". */
export const NO_EFFECTS: Effects<never> = { states: [], events: [], releases: [] }

/** How a state is stored. A layout of `@assay/layout` is one. */
export interface StateCodec<State> {
  /** How many bytes a state takes. */
  sizeOf(state: State): number
  /** Writes a state's bytes, from `at` on. */
  write(state: State, to: Buffer, at: number): void
  /** Throws for bytes that are no state of this version. */
  decode(bytes: Uint8Array): State
  /**
   * A state over bytes that are one, read where they lie: it holds as long as they do not change. Where it is left out,
   * `decode` is called in its place.
   */
  view?(bytes: Buffer, at: number, length: number): State
  /** As `view`, of bytes that may be none. Throws for those, as `decode` does, and where there are fewer of them. */
  checkedView?(bytes: Buffer, at: number, length: number): State
}

/** How the states of devices are bounded that were not admitted, and when a state wants to see a tick. */
export interface StrangerPolicy<State> {
  /** Strangers' states live in a pool of this many; a newcomer pushes out the least recently written. */
  readonly maximum: number
  /**
   * Whether a stranger's state must outlive every newcomer: what operators decided about it, say. Such states stand outside
   * of the pool, so nothing that a stranger can do by itself may make one.
   */
  keeps?(state: State): boolean
  /** When a state wants to see a tick (milliseconds since 1970), or undefined. Asked of all states, admitted or not. */
  deadline?(state: State): number | undefined
}

/** One version of a stage's judgement. Pure and synchronous: it sees no clock and does no I/O. */
export interface Logic<State, Shared = never, Facts = undefined> {
  /** Adds a verdict. Throws only where Assay itself is at fault: the message then becomes `undecided`. */
  judge(
    entry: MessageEntry,
    state: State | undefined,
    facts: Facts,
    states: StateView<State, Shared>,
  ): Judgement<State, Shared>
  /**
   * Why an admission is not proven, or null where it is; left out by stages that take it as it comes. One that is refused
   * does nothing, goes to no later stage, and is kept. `facts` are those of its presentation.
   */
  admits?(entry: AdmissionEntry, facts: Facts, states: StateView<State, Shared>): Rejection | null
  /** What a control, admission or tick entry does. */
  apply(
    entry: ControlEntry | AdmissionEntry | TickEntry,
    states: StateView<State, Shared>,
    facts: Facts,
  ): Effects<State, Shared>
}

/** Which version of each stage judges. Changed by entries only, so that a replay judges as it was judged. */
export type LogicVersions = Readonly<Record<StageName, number>>

export interface Stage<State, Shared = never, Facts = undefined, Prepared = undefined> {
  readonly name: StageName
  /** Judges by logic version. A version that any log was judged by is never changed and never taken away. */
  readonly logic: ReadonlyMap<number, Logic<State, Shared, Facts>>
  readonly state: StateCodec<State>
  /** Set where the stage keeps a state for the whole partition. */
  readonly shared?: StateCodec<Shared>
  readonly strangers: StrangerPolicy<State>
  /**
   * What of a device's state outlives its erasure, kept under a keyed hash of its DID and seen again when it comes back; null
   * where nothing does. Left out by stages of which nothing must.
   */
  erased?(state: State): State | null
  /**
   * A state as it is gone on with in the next epoch of the log, where places in `submitted` that it holds without their epoch name
   * nothing. Left out by stages whose states hold none such.
   */
  inNextEpoch?(state: State): State
  /**
   * Whether messages leave states behind also before the first bundle is in force. Left out by every stage that judges
   * devices: until then nobody can tell for which deployment a message is, so it is decided and nothing else comes of it.
   */
  readonly beforeBundle?: true
  /**
   * Work that needs no state and no knowledge (parsing, signatures), started a batch ahead, off-thread. The presentations
   * of admissions are among the messages.
   */
  prepare?(messages: ReadonlyArray<AssayedMessage>): Promise<ReadonlyArray<Prepared>>
  /** The key of the state that `judge` sees and may replace, or null where the message speaks for nobody. */
  subject(entry: MessageEntry, prepared: Prepared | undefined): string | null
  /**
   * What judge needs besides entry and state, one per entry; left out where that is nothing. It sees no states and reads
   * nothing from outside: what it finds must follow from the entries alone.
   */
  gather?(
    entries: ReadonlyArray<Entry>,
    prepared: ReadonlyArray<Prepared | undefined>,
  ): Promise<ReadonlyArray<Facts>> | ReadonlyArray<Facts>
}

/** A stage whose types nobody outside needs; what the runner drives. */
// biome-ignore lint/suspicious/noExplicitAny: the runner only passes states, facts and prepared work back to their own stage
export type AnyStage = Stage<any, any, any, any>
