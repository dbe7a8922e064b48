/**
 * What a kind of knowledge is. Everything that handles knowledge iterates over kinds: publishing, the order and expiry of
 * items, restore, replay, the HTTP route, the commands of the CLI, doctor's findings and the metrics. A new kind is one
 * folder under `kinds/` and one line in `kinds/index.ts`.
 */
import type { KnownDevices } from "@assay/segmentation"
import type { Active, Knowledge, LogicVersions, ReasonCode, RootSet, TrustBundle } from "@assay/trust"

/** What the log knows where an item is opened. */
export interface OpenContext {
  /** Whose threshold must sign where the kind's authority is `roots`. */
  readonly roots: RootSet
  /** The bundle in force, which names every other authority; null before there is one. */
  readonly bundle: Active<TrustBundle> | null
  /**
   * All items in force there, for kinds that rest on others (`restsOn`), by `itemKey`. Left out: none, so that what is signed by a key
   * of a document is refused.
   */
  readonly items?: Knowledge["items"]
}

export interface Opened<Body> {
  readonly version: number
  readonly body: Body
  /** What the item is about; "" where the kind has one item for the whole deployment. */
  readonly subject: string
  /** The roots that must sign what comes next; only the bundle has them. */
  readonly nextRoots?: RootSet
}

export interface Refused {
  /** Codes `control.knowledge_*`, one or more. */
  readonly reasons: ReadonlyArray<ReasonCode>
  /** For people: what is wrong, and where. */
  readonly detail: string
}

/** What of an item grows old by itself. Times in milliseconds. */
export interface Part {
  /** For people, for example `the status list https://...`. */
  readonly what: string
  /** Since 1970. */
  readonly expires: number
  /** It is worth a warning from so long before on. */
  readonly soonMs: number
}

/** Bytes of a projection at most. */
export const MAX_PROJECTION = 256

export interface KnowledgeKind<Body = unknown> {
  /** As in entries, URLs, commands and metrics: `[a-z][a-z0-9-]{0,31}`. */
  readonly name: string
  /** For people, with its article: `the trust bundle`. */
  readonly title: string
  /** `deployment`: activated on every partition. `home`: on the partition of its subject only. */
  readonly scope: "deployment" | "home"
  /** Whose signature `open` asks for: a threshold of the roots, or a key that the bundle names. */
  readonly authority: "roots" | "bundle"
  /** Of the signed bytes. */
  readonly mediaType: string
  /**
   * Bytes of a signed item, and items in force in one partition. `together`: bytes of all of these, as they were signed and as they
   * take memory (`weigh`), for kinds whose items are large.
   */
  readonly maximum: {
    readonly bytes: number
    readonly subjects: number
    readonly together?: { readonly bytes: number; readonly memory: number }
  }
  /** Bytes of memory that a body takes; only where `maximum.together` bounds them. */
  weigh?(body: Body): number
  /** Nothing can be verified while no item of the kind is in force. */
  readonly required: boolean
  /** The subject that signed bytes name, before any check: it only says to which partition they go. Null: it cannot be read. */
  subject(bytes: Uint8Array): string | null
  /** The subject of a body, for files that nobody signed yet; left out where the kind has one item. */
  about?(body: Body): string
  /** Checks the authority, then reads strictly. Order, version floor and expiry are the track's. Pure; never throws. */
  open(bytes: Uint8Array, context: OpenContext): Opened<Body> | Refused
  /** What is kept in the partition under `k/<kind>/<subject>`, at most MAX_PROJECTION bytes; null: nothing but the hash. */
  project(body: Body): Uint8Array | null
  /**
   * It has one subject for each device. Its items are rows of the table of their home partition, by what `project` gives, and are
   * looked up there (`SubjectKnowledge`); they are no part of `Knowledge`. Only kinds whose scope is `home`.
   */
  readonly inRows?: true
  /** Milliseconds since 1970. */
  expiresAt(body: Body): number
  /** Why an item cannot follow the one that is in force, beside its version. @param before what `project` gave of that one */
  whyNotAfter?(body: Body, before: Uint8Array): Refused | null
  /** Before then, but for the skew of a clock, an item is refused: its version would bar what comes at its time. */
  notBefore?(body: Body): number
  /**
   * It is replaced by the next within hours: nobody need be warned of its end, unless it is `renewed` too, and only the home of its
   * subject records its activation, though it is in force on every partition.
   */
  readonly fleeting?: true
  /**
   * Whether an item was opened by what another one says, so that it is opened again when that one is replaced, and goes where it
   * holds no more. Kinds that have this are opened after those they name (`OPENED_FIRST` of `activation/order.ts`).
   */
  restsOn?(body: Body, kind: string, subject: string): boolean
  /** Its signer replaces it all the time, so of its end is said what `parts` says, and nothing else. */
  readonly renewed?: true
  /** By which version each stage judges from its activation on; left out by all kinds but one. */
  chooses?(body: Body): LogicVersions
  /** What cannot be verified once an item has expired: `everything`, or what relies on that one item. */
  readonly stops: "everything" | "subject"
  /** What of an item grows old before the item itself expires, such as the status lists of a bundle. */
  parts?(body: Body): ReadonlyArray<Part>
  /** How people write the item. */
  readonly plain: PlainForm<Body>
}

export interface Plain<Body> {
  /** Null exactly where `problems` holds an error. */
  readonly body: Body | null
  /** One line each, with file, line and key; warnings may stand beside a body. */
  readonly problems: ReadonlyArray<string>
}

export interface Diff {
  /** As JSON. */
  readonly value: unknown
  /** For people, one line each; none where nothing changes. */
  readonly lines: ReadonlyArray<string>
}

/** The unsigned file that people edit, and what the CLI does with it. */
export interface PlainForm<Body = unknown> {
  /** DSSE payload type of the file's bytes; "" where `isForeign`. */
  readonly payloadType: string
  /** Others sign such items, in a format of their own: the file is what is activated, and there is nothing to sign here. */
  readonly isForeign?: true
  /** @param options the name that problems carry; `at`: milliseconds since 1970, where given, an expired item is a problem */
  read(bytes: Uint8Array, options: { readonly file: string; readonly at?: number }): Plain<Body>
  /**
   * What is signed of a file that was read without an error, where that is more than its bytes: what every node must read
   * alike, and would look up differently. @throws TypeError with a sentence where it cannot be added
   */
  complete?(bytes: Uint8Array): Uint8Array
  /** A file to start from. @param now milliseconds since 1970 */
  start?(now: number): string
  /** What another item would change. @param known the devices of a log by DID; null where none is at hand */
  diff?(before: Body, after: Body, known: KnownDevices | null): Diff
  /** What the item means, one line each. */
  explain?(body: Body): ReadonlyArray<string>
}

/** Kinds by name. */
export type Kinds = Readonly<Record<string, KnowledgeKind>>

export const kindOf = (kinds: Kinds, name: string): KnowledgeKind | null =>
  Object.hasOwn(kinds, name) ? kinds[name]! : null

/** @throws TypeError where a name is taken twice or is none: a mistake in the code, not in what was signed */
export const kindsByName = (kinds: ReadonlyArray<KnowledgeKind>): Kinds => {
  const named: Record<string, KnowledgeKind> = {}
  for (const kind of kinds) {
    if (!/^[a-z][a-z0-9-]{0,31}$/.test(kind.name)) throw new TypeError(`${JSON.stringify(kind.name)} names no kind`)
    if (Object.hasOwn(named, kind.name)) throw new TypeError(`two kinds have the name ${kind.name}`)
    named[kind.name] = kind
  }
  return named
}
