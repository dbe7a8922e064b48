/**
 * The entries of signed lists, each inflated once for all partitions of a thread, for as long as one of them has it in force: a list is
 * activated on every partition, and opened again with each bundle. Its bytes decide alone what it comes to.
 */
import type { NotOpened, SignedList } from "@assay/credentials"
import type { StatusList } from "@assay/trust"

/** Names of lists that nobody has in force any more are looked through when there are so many. */
const SWEEP = 1_024

/** @returns the entries of the list of this name, its bytes and its key, or why there are none: they are not kept, so that nobody fills the memory */
export const openedOnce = (): ((name: string, list: SignedList) => StatusList | NotOpened) => {
  const known = new Map<string, WeakRef<StatusList>>()
  return (own, { open }) => {
    const kept = known.get(own)?.deref()
    if (kept !== undefined) return kept
    const list = open()
    if ("detail" in list) return list
    if (known.size >= SWEEP) for (const [name, ref] of known) if (ref.deref() === undefined) known.delete(name)
    known.set(own, new WeakRef(list))
    return list
  }
}
