/**
 * The knowledge in force, and the operators' sequence numbers, as the entries of one partition have made them. Every
 * runner folds the control entries by itself, so all stages see the same knowledge at the same entry, live or replayed.
 */
import { documentsIn } from "@assay/credentials"
import {
  type Active,
  type ControlFact,
  itemKey,
  type Knowledge,
  kindOfItem,
  knowledgeOf,
  type LogIdentity,
  type LogicVersions,
  NO_KNOWLEDGE,
  type ReasonCode,
  type RootSet,
  type SubjectKnowledge,
} from "@assay/trust"
import { isFleetWide, MAX_SKEW_MS, openCommand } from "../authority/command.ts"
import { isReplayed, withSequences } from "../authority/command-replay.ts"
import { hashOfBody } from "../bodies/hash.ts"
import { type Kinds, type KnowledgeKind, kindOf } from "../kind.ts"
import { type OpenedItem, openItem } from "../open.ts"
import { outOfOrder } from "../version-and-expiry.ts"
import { logicIn } from "./logic.ts"
import { inOpeningOrder, isRestedOn } from "./order.ts"
import { reopenAll } from "./reopen.ts"
import { sameRoots, withRotation } from "./rotations.ts"
import { decodeKept, encodeKept, ITEM_PREFIX, type Kept, keptKey, keptNameOf } from "./stored-track.ts"
import { type ItemRows, rowsInMemory, SubjectRows } from "./subject-rows.ts"

/** What a control entry says, its signatures not checked. */
export type ControlBody =
  | { readonly kind: "control"; readonly tokens: ReadonlyArray<string> }
  | { readonly kind: "activation"; readonly item: string; readonly hash: string; readonly body: Uint8Array | null }

export interface TrackParts {
  readonly kinds: Kinds
  /**
   * The pinned roots of the configuration. What is in force must bear THEIR signatures also after a restart: whoever can
   * write to the data directory must not be able to name other roots.
   */
  readonly roots: RootSet
  /** Whether this is the partition of a subject, for kinds that are activated there only. */
  readonly isHome: (subject: string) => boolean
  /** The log: an operator's command counts in the one that it names. */
  readonly log: LogIdentity
  /** Where items of kinds with a subject for each device are kept; in memory where it is left out. */
  readonly rows?: ItemRows
}

/** What was in force at a commit. None of it is changed in place. */
interface Before {
  readonly kept: Kept
  readonly now: Knowledge
  readonly chosen: LogicVersions
  readonly dirty: boolean
}

/** The kind that names the keys of others. */
const BUNDLE = "bundle"

/** Names in facts and in the audit log are bounded, also those that nobody knows. */
const MAX_NAME = 64

export class Track {
  private readonly parts: TrackParts
  private kept: Kept
  private now: Knowledge = NO_KNOWLEDGE
  private chosen: LogicVersions
  private readonly bySubject: SubjectRows
  private dirty = false
  /** Null where nothing is to be put back. */
  private before: Before | null = null

  private constructor(parts: TrackParts, kept: Kept) {
    this.parts = parts
    this.kept = kept
    this.bySubject = new SubjectRows(parts.rows ?? rowsInMemory())
    this.chosen = logicIn(parts.kinds, this.now.items)
  }

  /**
   * @param kept what `encode` gave before the restart, or null on a fresh log
   * @throws UntrustedKnowledge where an item in force is not signed as its kind asks, by the pinned roots or by those that
   *   they handed over to, bundle by bundle
   * @throws Error where a body that was in force cannot be read any more: the state is damaged
   */
  static restore(parts: TrackParts, kept: Uint8Array | null): Track {
    if (kept === null) return new Track(parts, { roots: parts.roots, sequences: {}, items: {} })
    const state = decodeKept(kept)
    const { items, roots, rotations } = reopenAll(parts, state)
    const track = new Track(parts, { ...state, roots, ...(rotations.length === 0 ? {} : { rotations }) })
    track.now = knowledgeOf(items, roots, state.tombstoneKey)
    track.chosen = logicIn(parts.kinds, items)
    return track
  }

  /** The same object for as long as nothing changes. */
  get knowledge(): Knowledge {
    return this.now
  }

  /** Items of devices in force from here on; to be read until `settle`. The same object for as long as none changes. */
  get subjects(): SubjectKnowledge {
    return this.bySubject.view
  }

  /** All entries that were applied are judged: what they changed is written to the rows. */
  settle(): void {
    this.bySubject.settle()
  }

  /** What is in force now is what `rollBack` goes back to. Where items are kept in rows, whoever has these puts them back. */
  committed(): void {
    const { kept, now, chosen, dirty } = this
    this.before = { kept, now, chosen, dirty }
  }

  /** Back to what was in force at the last `committed`: the entries since then do not come to be. */
  rollBack(): void {
    if (this.before === null) throw new Error("nothing was kept of what was in force before")
    Object.assign(this, this.before)
    this.bySubject.rollBack()
  }

  /** By which version each stage judges from here on. The same object for as long as nothing changes. */
  get logic(): LogicVersions {
    return this.chosen
  }

  /** The media type of a kind's signed bodies. @throws RangeError for a kind that nothing can have come into force of */
  mediaTypeOf(name: string): string {
    const kind = kindOf(this.parts.kinds, name)
    if (kind === null) throw new RangeError(`there is no kind of knowledge named ${name}`)
    return kind.mediaType
  }

  /** Whether the kept state changed since the last `encode`. */
  get changed(): boolean {
    return this.dirty
  }

  encode(): Uint8Array {
    this.dirty = false
    return encodeKept(this.kept)
  }

  /** What `encode` gives, for who only looks: it does not count as kept. */
  copy(): Uint8Array {
    return encodeKept(this.kept)
  }

  /** Folds one control entry. Never throws: what is wrong with it becomes the fact. `time` is the entry's, in ms. */
  apply(control: ControlBody, time: number): ControlFact {
    if (control.kind === "control") return this.command(control.tokens, time)
    const { item, hash, body } = control
    const kind = kindOf(this.parts.kinds, item)
    if (kind === null) return refused(["control.kind_unknown"], activation(item.slice(0, MAX_NAME), hash))
    if (body === null || hashOfBody(body) !== hash)
      return refused(["control.body_missing"], activation(kind.name, hash))
    return this.activate(kind, hash, body, time)
  }

  private command(tokens: ReadonlyArray<string>, time: number): ControlFact {
    const bundle = this.now.bundle
    if (bundle === null) return refused(["control.not_operator"], { kind: "unreadable" })
    const documents = documentsIn(bundle.body, this.now.items)
    const opened = openCommand(tokens, bundle.body, time, this.parts.log, this.kept.roots, documents)
    const { fact, sequences, nonce } = opened
    if (!fact.accepted) return this.placed(fact)
    if (isReplayed(this.kept.sequences, sequences))
      return this.placed({ ...fact, accepted: false, reasons: ["control.replayed"] })
    this.kept = { ...this.kept, sequences: withSequences(this.kept.sequences, sequences) }
    if (nonce !== undefined && this.kept.tombstoneKey === undefined) {
      this.kept = { ...this.kept, tombstoneKey: nonce }
      this.now = knowledgeOf(this.now.items, this.now.roots, nonce)
    }
    this.dirty = true
    if (fact.what.kind === "command" && fact.what.erasure?.device != null) this.forget(fact.what.erasure.device)
    return this.placed(fact)
  }

  /** What was kept of a device under its name goes with it. */
  private forget(device: string): void {
    for (const { name, inRows } of Object.values(this.parts.kinds))
      if (inRows && this.bySubject.get(name, device) !== null) this.bySubject.put(name, device, null)
  }

  /** A command that lies in every partition is recorded in one: the home of what it names as its target. */
  private placed(fact: ControlFact): ControlFact {
    const { what } = fact
    if (what.kind !== "command" || !isFleetWide(what.verb) || this.parts.isHome(what.target)) return fact
    // A part of a list lies in the partition whose decisions it is about.
    if (what.revocation?.part !== undefined) return fact
    return { ...fact, elsewhere: true }
  }

  /** Only what the entry itself carries counts: what else is kept, here or now, must not decide. */
  private activate(kind: KnowledgeKind, hash: string, body: Uint8Array, time: number): ControlFact {
    const opened = openItem(kind, body, { roots: this.kept.roots, bundle: this.now.bundle, items: this.now.items })
    if ("reasons" in opened) return refused(opened.reasons, activation(kind.name, hash))
    const { active, subject } = opened
    const what = activation(kind.name, hash, active.version)
    if (kind.scope === "home" && !this.parts.isHome(subject)) return refused(["control.target_unknown"], what)
    const row = kind.inRows ? this.bySubject.get(kind.name, subject) : null
    const present = row ?? this.now.items.get(itemKey(kind.name, subject))
    const late = outOfOrder(active, { time, above: present?.version ?? null })
    if (late !== null) return refused(late.reasons, what)
    if ((kind.notBefore?.(active.body) ?? 0) > time + MAX_SKEW_MS) return refused(["control.expired"], what)
    const before = row?.projection ?? this.projectionOf(kind.name, subject)
    const broken = before === null ? null : (kind.whyNotAfter?.(active.body, before) ?? null)
    if (broken !== null) return refused(broken.reasons, what)
    if (present === undefined && this.count(kind) >= kind.maximum.subjects)
      return refused(["control.knowledge_limit"], what)
    if (this.isTooMuch(kind, opened, body)) return refused(["control.knowledge_limit"], what)
    if (kind.inRows) this.bySubject.put(kind.name, subject, { ...active, projection: opened.projection ?? NO_BYTES })
    else this.put(kind, opened, body)
    const fact: ControlFact = { accepted: true, reasons: [], what }
    // Of its subject one partition records it, as it does a command that lies in every one.
    return kind.fleeting && !this.parts.isHome(subject) ? { ...fact, elsewhere: true } : fact
  }

  /** What the kind projected of the item in force; null where it is none, or it projects nothing. */
  private projectionOf(kind: string, subject: string): Uint8Array | null {
    const projection = this.kept.items[keptKey(kind, subject)]?.projection
    return projection === undefined ? null : Buffer.from(projection, "base64")
  }

  /**
   * Takes out of force what was opened by an item that is another one now, and is not opened any more: what the bundle's own keys have
   * signed, and those of this bundle have not; what the key of a document has signed that lists it no more. Such a key says nothing
   * from here on, also not after a restart.
   * @param changed the item that was replaced
   */
  private withdraw(changed: { readonly kind: string; readonly subject: string }): void {
    const items = new Map<string, Active<unknown>>(this.now.items)
    const kept = { ...this.kept.items }
    const gone: Array<{ readonly kind: string; readonly subject: string }> = []
    for (const name of inOpeningOrder(Object.keys(this.kept.items))) {
      const { kind: kindName, subject } = keptNameOf(name)
      const kind = kindOf(this.parts.kinds, kindName)
      const key = itemKey(kindName, subject)
      if (kind?.authority !== "bundle") continue
      const item = items.get(key)
      const isConcerned =
        changed.kind === BUNDLE ||
        (item !== undefined && [changed, ...gone].some((one) => kind.restsOn?.(item.body, one.kind, one.subject)))
      if (!isConcerned) continue
      const context = { roots: this.kept.roots, bundle: this.now.bundle, items }
      if (!("reasons" in openItem(kind, Buffer.from(kept[name]!.body, "base64"), context))) continue
      items.delete(key)
      delete kept[name]
      gone.push({ kind: kindName, subject })
    }
    if (gone.length === 0) return
    this.kept = { ...this.kept, items: kept }
    this.now = knowledgeOf(items, this.now.roots, this.kept.tombstoneKey)
  }

  private put(kind: KnowledgeKind, { active, subject, projection, nextRoots }: OpenedItem, body: Uint8Array): void {
    const { name } = kind
    const items = new Map<string, Active<unknown>>(this.now.items)
    items.set(itemKey(name, subject), active)
    this.now = knowledgeOf(items, nextRoots, this.kept.tombstoneKey)
    if (kind.chooses !== undefined) this.chosen = logicIn(this.parts.kinds, items)
    const kept = {
      hash: active.hash,
      body: Buffer.from(body).toString("base64"),
      ...(projection === null ? {} : { projection: Buffer.from(projection).toString("base64") }),
    }
    const { roots, rotations = [] } = this.kept
    const steps = sameRoots(roots, nextRoots) ? {} : { rotations: withRotation(rotations, body) }
    this.kept = {
      ...this.kept,
      ...steps,
      roots: nextRoots,
      items: { ...this.kept.items, [keptKey(name, subject)]: kept },
    }
    if (isRestedOn(name)) this.withdraw({ kind: name, subject })
    this.dirty = true
  }

  /** Whether all items of the kind would be more together than they may, this one in the place of the one before it. */
  private isTooMuch(kind: KnowledgeKind, { active, subject }: OpenedItem, body: Uint8Array): boolean {
    const { together } = kind.maximum
    if (together === undefined) return false
    const weigh = (one: unknown): number => kind.weigh?.(one) ?? 0
    let [bytes, memory] = [body.length, weigh(active.body)]
    const own = itemKey(kind.name, subject)
    for (const [key, item] of this.now.items) {
      if (key === own || kindOfItem(key) !== kind.name) continue
      bytes += Buffer.byteLength(this.kept.items[`${ITEM_PREFIX}${key}`]?.body ?? "", "base64")
      memory += weigh(item.body)
    }
    return bytes > together.bytes || memory > together.memory
  }

  private count({ name, inRows }: KnowledgeKind): number {
    if (inRows) return this.bySubject.count(name)
    let count = 0
    for (const key of this.now.items.keys()) if (key.startsWith(itemKey(name, ""))) count++
    return count
  }
}

const NO_BYTES = new Uint8Array(0)

const activation = (item: string, hash: string, version = 0) => ({ kind: "activation", item, hash, version }) as const

const refused = (reasons: ReadonlyArray<ReasonCode>, what: ControlFact["what"]): ControlFact => ({
  accepted: false,
  reasons,
  what,
})
