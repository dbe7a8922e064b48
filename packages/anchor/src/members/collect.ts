/**
 * Brings the sets of devices and of reference values into the anchor log: a head where a set has changed since the last one there. The
 * sets stay in memory between two rounds, so that a change costs what changed.
 */
import { equalHash, type Hash, type LogSigner } from "@assay/transparency"
import { AnchorError } from "../error.ts"
import type { AnchorLog } from "../log/anchor-log.ts"
import { MemberSet, SETS, type SetName, setKey } from "./set.ts"
import { forgetGone, KEPT, keepSet, readSet } from "./store.ts"

/** Where the sets come from. */
export interface Identities {
  /** Of its own. */
  readonly directory: string
  /** The members of each set now; a set that is left out is left as it is. @throws where they cannot be read now */
  read(): Promise<Readonly<Partial<Record<SetName, Iterable<string>>>>>
}

export interface CollectedSet {
  readonly set: SetName
  readonly root: Hash
  readonly entry: Uint8Array
}

/** Roots of a set that the anchor log holds, oldest first: as many as are kept. @throws AnchorError `log`, MissingTileError */
const rootsIn = async (log: AnchorLog, set: SetName): Promise<Array<Hash>> => {
  const roots: Array<Hash> = []
  for await (const { head } of log.checkpointsOf(setKey(log.key, set).name)) {
    roots.unshift(head.root)
    if (roots.length === KEPT) break
  }
  return roots
}

/** Null too where the file is damaged: then the set is made anew, and nothing waits for a person. */
const keptSet = async (directory: string, set: SetName, root: Hash): Promise<MemberSet | null> => {
  try {
    return await readSet(directory, set, root)
  } catch (cause) {
    if (cause instanceof AnchorError && cause.code === "state") return null
    throw cause
  }
}

export class AnchoredSets {
  readonly #identities: Identities
  readonly #log: AnchorLog
  readonly #roots: Map<SetName, Array<Hash>>
  /** As they were read last, or kept. Of a set that is not here nothing is known. */
  readonly #sets = new Map<SetName, MemberSet>()

  private constructor(identities: Identities, log: AnchorLog, roots: Map<SetName, Array<Hash>>) {
    this.#identities = identities
    this.#log = log
    this.#roots = roots
  }

  /** @throws AnchorError `log`; MissingTileError */
  static async open(identities: Identities, log: AnchorLog): Promise<AnchoredSets> {
    const roots = new Map<SetName, Array<Hash>>()
    for (const set of SETS) roots.set(set, await rootsIn(log, set))
    const sets = new AnchoredSets(identities, log, roots)
    for (const set of SETS) {
      const last = roots.get(set)?.at(-1)
      const kept = last === undefined ? null : await keptSet(identities.directory, set, last)
      if (kept !== null) sets.#sets.set(set, kept)
    }
    return sets
  }

  /** The heads of sets that changed; what proofs need of them is durable when it resolves. @throws where they cannot be read now */
  async collect(signer: LogSigner): Promise<ReadonlyArray<CollectedSet>> {
    const now = await this.#identities.read()
    const read = SETS.filter((set) => now[set] !== undefined)
    const gone = new Set<string>()
    let isAllKnown = true
    for (const set of read) {
      const there = this.#sets.get(set)
      if (there === undefined) {
        // What it was is not known, so every name that is kept is looked at.
        isAllKnown = false
        this.#sets.set(set, new MemberSet(now[set]))
      } else for (const member of there.update(now[set]!).removed) gone.add(member)
    }
    await this.#forget(read, gone, isAllKnown)
    const changed: Array<CollectedSet> = []
    for (const set of read) {
      const members = this.#sets.get(set)!
      const { root } = members
      const roots = this.#roots.get(set)!
      const last = roots.at(-1)
      if (last === undefined ? members.size === 0 : equalHash(last, root)) continue
      const entry = Buffer.from(await members.sign(setKey(this.#log.key, set), signer))
      await keepSet(this.#identities.directory, set, members, roots)
      changed.push({ set, root, entry })
    }
    return changed
  }

  async #forget(read: ReadonlyArray<SetName>, gone: ReadonlySet<string>, isAllKnown: boolean): Promise<void> {
    const isKnown = (member: string): boolean => read.some((set) => this.#sets.get(set)!.has(member))
    if (!isAllKnown) return forgetGone(this.#identities.directory, read, (member) => !isKnown(member))
    const nowhere = new Set([...gone].filter((member) => !isKnown(member)))
    if (nowhere.size > 0) await forgetGone(this.#identities.directory, read, (member) => nowhere.has(member))
  }

  /** They are entries of the anchor log now. */
  anchored(changed: ReadonlyArray<CollectedSet>): void {
    for (const { set, root } of changed) {
      const roots = this.#roots.get(set)!
      roots.push(root)
      if (roots.length > KEPT) roots.shift()
    }
  }
}
