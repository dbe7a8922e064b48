/** Brings the sets of devices and of reference values into the anchor log: a head where a set has changed since the last one there. */
import { equalHash, type Hash, type LogSigner } from "@assay/transparency"
import type { AnchorLog } from "../log/anchor-log.ts"
import { setHeadsIn } from "./file.ts"
import { MemberSet, SETS, type SetName, setKey } from "./set.ts"
import { forgetOthers, keepSet } from "./store.ts"

/** Where the sets come from. */
export interface Identities {
  /** Of its own. */
  readonly directory: string
  /** The members of each set now; a set that is left out is left as it is. @throws where they cannot be read now */
  read(): Promise<Readonly<Partial<Record<SetName, Iterable<string>>>>>
}

/** The roots that the anchor log holds, by set, oldest first. Bounded by what it holds. */
export type SetRoots = Map<SetName, Array<Hash>>

/** @throws MissingTileError */
export const setRootsOf = async (log: AnchorLog): Promise<SetRoots> => {
  const roots: SetRoots = new Map()
  for (const set of SETS)
    roots.set(
      set,
      (await setHeadsIn(log, set)).map(({ head }) => head.root),
    )
  return roots
}

export interface CollectedSet {
  readonly set: SetName
  readonly root: Hash
  readonly entry: Uint8Array
}

/** The heads of sets that changed; what proofs need of them is durable when it resolves. @param roots is not changed */
export const collectSets = async (
  { directory, read }: Identities,
  log: AnchorLog,
  signer: LogSigner,
  roots: SetRoots,
): Promise<ReadonlyArray<CollectedSet>> => {
  const now = await read()
  const sets = SETS.flatMap((set) => (now[set] === undefined ? [] : [{ set, members: [...now[set]] }]))
  const changed: Array<CollectedSet & { readonly members: ReadonlyArray<string> }> = []
  for (const { set, members } of sets) {
    const tree = new MemberSet(members)
    const { root, size } = tree
    const last = roots.get(set)?.at(-1)
    if (last === undefined ? size === 0 : equalHash(last, root)) continue
    changed.push({ set, root, members, entry: Buffer.from(await tree.sign(setKey(log.key, set), signer)) })
  }
  if (changed.length > 0) {
    const known = new Set(sets.flatMap(({ members }) => members))
    const read = sets.map(({ set }) => set)
    await forgetOthers(directory, read, known)
  }
  for (const { set, root, members } of changed)
    await keepSet(directory, set, { root, members, keep: roots.get(set) ?? [] })
  return changed
}
