/**
 * The side that asks: a directory whose partitions other threads of this process write to. It holds the lock of the directory,
 * reads every partition itself, and writes to none: each append, commit and swap goes to the thread that owns the partition.
 */
import type { MessagePort } from "node:worker_threads"
import { UnavailableError } from "../../errors.ts"
import { unpackError } from "../../packed-error.ts"
import type { Commit, Log, NewRecord } from "../../port.ts"
import { lockDir } from "../datadir.ts"
import { closeAll, type EmbeddedOptions, logOver, type OpenPartition, openMeta, openPartitions } from "../open.ts"
import type { Partition } from "../partition.ts"
import { type Answers, type Call, type Numbered, packRequest } from "./message.ts"

export interface SharedLog {
  readonly log: Log
  /** From now on the thread behind `port` (`serveWrites`) owns these partitions. */
  attach(own: Iterable<number>, port: MessagePort): void
  /** That thread is gone: what it was asked and has not answered may or may not have come to be, and rejects. */
  detach(port: MessagePort): void
}

/** Calls on their way to one thread. */
class Owner {
  readonly port: MessagePort
  readonly #pending = new Map<number, PromiseWithResolvers<never>>()
  #turn: Array<Numbered> = []
  #ended = false

  constructor(port: MessagePort) {
    this.port = port
    port.on("message", ({ answers }: Answers) => {
      for (const { id, result, error } of answers) {
        const waiting = this.#pending.get(id)
        this.#pending.delete(id)
        if (error === undefined) waiting?.resolve(result as never)
        else waiting?.reject(unpackError(error))
      }
      if (this.#pending.size === 0) port.unref()
    })
    port.unref()
  }

  ask<Result>(id: number, partition: number, call: Call): Promise<Result> {
    if (this.#ended) return Promise.reject(goneError(partition))
    const waiting = Promise.withResolvers<never>()
    // Only what is under way keeps the process alive.
    if (this.#pending.size === 0) this.port.ref()
    this.#pending.set(id, waiting)
    if (this.#turn.push({ id, partition, call }) === 1) setImmediate(() => this.#send())
    return waiting.promise
  }

  end(): void {
    this.#ended = true
    this.port.close()
    for (const waiting of this.#pending.values()) waiting.reject(goneError())
    this.#pending.clear()
  }

  #send(): void {
    if (this.#ended) return
    const request = packRequest(this.#turn)
    this.#turn = []
    this.port.postMessage(request, [request.bytes.buffer, request.sizes.buffer])
  }
}

const goneError = (partition?: number): UnavailableError =>
  new UnavailableError(
    `the thread that writes ${partition === undefined ? "the partition" : `partition ${partition}`} has ended and is being replaced: whether this was written is not known; try again`,
  )

/**
 * Locks the directory, makes what is missing, and opens every partition for reading.
 * @throws DataDirError where another process has it, or as `openEmbedded`
 */
export const openShared = async (options: Omit<EmbeddedOptions, "readOnly">): Promise<SharedLog> => {
  const unlock = lockDir(options.dir)
  try {
    const meta = openMeta(options)
    const opened = await openPartitions(options.dir, meta, options, () => "share")
    return sharedOver(meta, opened, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

/**
 * As `openShared`, in another thread of the process that did that: the lock of the directory is left to it. Whoever writes, or passes
 * on to who does (`serveWrites` over the log of `openShared`), is attached.
 * @throws DataDirError where it cannot be opened
 */
export const openBeside = async (options: Pick<EmbeddedOptions, "dir" | "cacheBytes">): Promise<SharedLog> => {
  const meta = openMeta(options)
  return sharedOver(meta, await openPartitions(options.dir, meta, options, () => "share"), () => undefined)
}

const sharedOver = (
  meta: Parameters<typeof logOver>[0],
  opened: ReadonlyArray<Partition>,
  unlock: () => void,
): SharedLog => {
  const owners = new Map<number, Owner>()
  let ids = 0
  const ask = async <Result>(partition: number, call: Call): Promise<Result> => {
    const owner = owners.get(partition)
    if (owner === undefined) throw goneError(partition)
    return owner.ask<Result>(ids++, partition, call)
  }
  const facing = (partition: Partition, n: number): OpenPartition => ({
    append: (stream: string, records: ReadonlyArray<NewRecord>) => ask(n, { kind: "append", stream, records }),
    commit: (commit: Commit) => ask(n, { kind: "commit", commit }),
    swap: (name, expected, value) => ask(n, { kind: "swap", name, expected, value }),
    read: (stream, from, maxRecords, maxBytes) => partition.read(stream, from, maxRecords, maxBytes),
    extent: (stream) => partition.extent(stream),
    position: (group, stream) => partition.position(group, stream),
    cell: (name) => partition.cell(name),
    waitFor: (stream, from, signal) => partition.waitFor(stream, from, signal),
  })
  const detach = (port: MessagePort): void => {
    for (const [partition, owner] of owners) {
      if (owner.port !== port) continue
      owners.delete(partition)
      owner.end()
    }
  }
  return {
    log: logOver(meta, opened.map(facing), async () => {
      for (const { port } of [...owners.values()]) detach(port)
      await closeAll(opened)
      unlock()
    }),
    attach: (own, port) => {
      const owner = new Owner(port)
      for (const partition of own) owners.set(partition, owner)
    },
    detach,
  }
}
