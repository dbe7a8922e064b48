/** The knowledge in force, as each partition's accepted activations have made it. */
import { bodiesOf } from "@assay/engine"
import { type BodySource, BUNDLE, type Kinds, kindOf, type OpenContext, openItem } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { decodeAudit, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type Active, controlDetailOf, itemKey, kindOfItem, type RootSet, type TrustBundle } from "@assay/trust"
import { recordsOf } from "./open-log.ts"

/** An item in force, or why it cannot be opened. */
export type InForce = Active<unknown> | { readonly broken: string }

interface Opened {
  readonly key: string
  readonly found: InForce
  readonly nextRoots: RootSet
}

const openBody = async (
  kinds: Kinds,
  bodies: BodySource,
  { item, hash }: { readonly item: string; readonly hash: string },
  context: OpenContext,
): Promise<Opened> => {
  const broken = (why: string): Opened => ({
    key: itemKey(item, ""),
    found: { broken: why },
    nextRoots: context.roots,
  })
  const kind = kindOf(kinds, item)
  if (kind === null) return broken(`this version knows no kind ${item}`)
  const body = await bodies.get(hash)
  if (body === null) return broken(`the body ${hash} is missing or damaged`)
  const opened = openItem(kind, body, context)
  if ("reasons" in opened) return broken(`the roots do not open it: ${opened.detail}`)
  return { key: itemKey(item, opened.subject), found: opened.active, nextRoots: opened.nextRoots }
}

/** Folds one partition's activations as its runners did: a bundle may rotate the roots for the next. */
export class InForceFold {
  readonly #log: Log
  readonly #partition: number
  readonly #kinds: Kinds
  readonly #bodies: BodySource
  readonly #now = new Map<string, InForce>()
  readonly #elsewhere: ReadonlyMap<string, Active<unknown>>
  #roots: RootSet
  #from: number | undefined

  /** @param elsewhere items that every partition has, and that only another one records */
  constructor(
    log: Log,
    partition: number,
    pinned: RootSet,
    kinds: Kinds,
    elsewhere: ReadonlyMap<string, Active<unknown>> = new Map(),
  ) {
    this.#elsewhere = elsewhere
    this.#log = log
    this.#partition = partition
    this.#kinds = kinds
    this.#bodies = bodiesOf(log, partition)
    this.#roots = pinned
  }

  /** Reads on to the end of the audit stream. @returns what is in force there, by `itemKey` */
  async advance(): Promise<ReadonlyMap<string, InForce>> {
    for await (const record of recordsOf(this.#log, STREAMS.audit, this.#partition, this.#from)) {
      const event = readable(() => decodeAudit(record.value))
      const what = event === null ? null : controlDetailOf(event)
      if (event?.count === 1 && what?.kind === "activation") await this.#activate(what)
      this.#from = record.offset + 1
    }
    return this.#now
  }

  async #activate(what: { readonly item: string; readonly hash: string }): Promise<void> {
    const bundle = this.#now.get(itemKey(BUNDLE.name, ""))
    const context = {
      roots: this.#roots,
      bundle: bundle === undefined || "broken" in bundle ? null : (bundle as Active<TrustBundle>),
      items: new Map([
        ...this.#elsewhere,
        ...[...this.#now].flatMap(([key, found]) => ("broken" in found ? [] : [[key, found] as const])),
      ]),
    }
    const { key, found, nextRoots } = await openBody(this.#kinds, this.#bodies, what, context)
    this.#now.set(key, found)
    this.#roots = nextRoots
  }
}

/** What is in force at the end of a partition's audit stream, read from its beginning. */
export const inForce = (
  log: Log,
  partition: number,
  pinned: RootSet,
  kinds: Kinds,
): Promise<ReadonlyMap<string, InForce>> => new InForceFold(log, partition, pinned, kinds).advance()

/** The same of every partition. What is recorded in one alone, and lies in all, is known in each (`KnowledgeKind.fleeting`). */
export const inForceInAll = async (
  log: Log,
  pinned: RootSet,
  kinds: Kinds,
): Promise<ReadonlyArray<ReadonlyMap<string, InForce>>> => {
  const foldAll = (
    elsewhere: ReadonlyMap<string, Active<unknown>>,
  ): Promise<ReadonlyArray<ReadonlyMap<string, InForce>>> =>
    Promise.all(
      Array.from({ length: log.partitions }, (_, partition) =>
        new InForceFold(log, partition, pinned, kinds, elsewhere).advance(),
      ),
    )
  const found = await foldAll(new Map())
  const shared = new Map<string, Active<unknown>>()
  for (const [key, item] of found.flatMap((of) => [...of]))
    if (!("broken" in item) && kindOf(kinds, kindOfItem(key))?.fleeting) shared.set(key, item)
  return shared.size === 0 ? found : foldAll(shared)
}
