/** A log whose partitions are owned by other threads, for tests. */
import { once } from "node:events"
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads"
import { openShared, type SharedLog } from "../../../src/embedded/threads/shared.ts"
import type { Open } from "./owner.child.ts"

/** A thread that may own partitions of one log after the other. */
export class OwnerThread {
  readonly worker = new Worker(new URL("./owner.child.ts", import.meta.url))
  #port: MessagePort | null = null

  /** From now on it owns `own` of the directory that `shared` has locked. */
  async own(shared: SharedLog, dir: string, own: ReadonlyArray<number>, cacheBytes = 1 << 20): Promise<void> {
    const { port1, port2 } = new MessageChannel()
    await this.#tell({ dir, own, port: port2, cacheBytes }, [port2])
    shared.attach(own, port1)
    this.#port = port1
  }

  /** Closes the log there. */
  async release(shared: SharedLog): Promise<void> {
    await this.#tell("close")
    this.#forget(shared)
  }

  /** Ends the thread wherever it is. */
  async kill(shared: SharedLog): Promise<void> {
    const ended = once(this.worker, "exit")
    await this.worker.terminate()
    await ended
    this.#forget(shared)
  }

  #forget(shared: SharedLog): void {
    if (this.#port !== null) shared.detach(this.#port)
    this.#port = null
  }

  async #tell(what: Open | "close", transfer: ReadonlyArray<MessagePort> = []): Promise<void> {
    const done = once(this.worker, "message")
    this.worker.postMessage(what, [...transfer])
    await done
  }
}

/** A log of two partitions, each owned by one of the threads. */
export const openOwnedBy = async (
  threads: readonly [OwnerThread, OwnerThread],
  dir: string,
  cacheBytes: number,
): Promise<SharedLog> => {
  const shared = await openShared({ dir, partitions: 2, cacheBytes })
  for (const [partition, thread] of threads.entries()) await thread.own(shared, dir, [partition], cacheBytes)
  return shared
}
