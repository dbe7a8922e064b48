/** The memberships of a process whose partitions are worked on by several threads: one for each group. */
import type { Log, Membership } from "@assay/log"
import type { Status } from "./messages.ts"

interface Joined {
  readonly membership: Promise<Membership>
  /** Who waits for it. */
  readonly joining: Set<unknown>
  share: ReadonlySet<number>
  /** Who works on the group, and hears of each change. */
  readonly threads: Map<unknown, (share: ReadonlySet<number>) => void>
}

const NOTHING: ReadonlySet<number> = new Set()

export class Memberships {
  readonly #log: Log
  readonly #groups = new Map<string, Joined>()

  constructor(log: Log) {
    this.#log = log
  }

  /**
   * Resolves when the process is a member and `onShare` has heard of its first share; where the thread was forgotten meanwhile,
   * without a word to it. @throws what `Log.join` does
   */
  async join(
    thread: unknown,
    group: string,
    stream: string,
    onShare: (share: ReadonlySet<number>) => void,
  ): Promise<void> {
    const joined = this.#groups.get(group) ?? this.#begin(group, stream)
    joined.joining.add(thread)
    try {
      await joined.membership
    } catch (cause) {
      // Whoever tries again asks the log again.
      if (this.#groups.get(group) === joined) this.#groups.delete(group)
      throw cause
    }
    // A thread that ended while the log was asked works on nothing: the process would never leave for want of its word.
    if (!joined.joining.delete(thread)) return
    joined.threads.set(thread, onShare)
    onShare(joined.share)
  }

  /** What the process has of the group's stream, as last heard; nothing where it is no member. */
  shareOf(group: string): ReadonlySet<number> {
    return this.#groups.get(group)?.share ?? NOTHING
  }

  /**
   * By group, which of the partitions of a thread count as the process's: those that the thread has reported, and those that the group
   * gives.
   * @param own the thread's
   * @param isAway the thread has ended and is being replaced. What it reported says nothing any more where other processes may take a
   *   partition meanwhile; what the group gives stays the process's
   */
  sharesOf(own: ReadonlySet<number>, reported: Status["shares"], isAway: boolean): Status["shares"] {
    return reported.map(({ group, partitions }) => {
      const given = [...this.shareOf(group)].filter((partition) => own.has(partition))
      return { group, partitions: isAway ? given : [...new Set([...partitions, ...given])] }
    })
  }

  async confirm(group: string, partition: number): Promise<boolean> {
    const joined = this.#groups.get(group)
    return joined === undefined ? false : (await joined.membership).confirm(partition)
  }

  /** The process leaves with the last of its threads, those that still join among them. */
  async leave(thread: unknown, group: string): Promise<void> {
    const joined = this.#groups.get(group)
    if (joined === undefined || !joined.threads.delete(thread)) return
    if (joined.threads.size + joined.joining.size > 0) return
    this.#groups.delete(group)
    await (await joined.membership).leave()
  }

  /** A thread has ended by itself; the one that replaces it joins anew, and the process stays a member in between. */
  forget(thread: unknown): void {
    for (const { joining, threads } of this.#groups.values()) {
      joining.delete(thread)
      threads.delete(thread)
    }
  }

  /** Leaves whatever is still joined. */
  async close(): Promise<void> {
    const joined = [...this.#groups.values()]
    this.#groups.clear()
    await Promise.allSettled(joined.map(async ({ membership }) => (await membership).leave()))
  }

  #begin(group: string, stream: string): Joined {
    const threads: Joined["threads"] = new Map()
    const onShare = (share: ReadonlySet<number>): void => {
      joined.share = share
      for (const hears of threads.values()) hears(share)
    }
    const membership = Promise.resolve().then(() => this.#log.join(group, stream, onShare))
    const joined: Joined = { membership, joining: new Set(), share: new Set(), threads }
    this.#groups.set(group, joined)
    return joined
  }
}
