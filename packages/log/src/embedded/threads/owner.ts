/** The side that owns: a thread's own partitions, which it alone writes to, and the requests of others to write there. */
import type { MessagePort } from "node:worker_threads"
import { StorageError } from "../../errors.ts"
import { packError } from "../../packed-error.ts"
import type { Log } from "../../port.ts"
import { closeAll, type EmbeddedOptions, logOver, openMeta, openPartitions } from "../open.ts"
import { type Answer, type Answers, type Call, type Request, unpackRequest } from "./message.ts"

export interface OwnerOptions extends Pick<EmbeddedOptions, "dir" | "clock" | "cacheBytes"> {
  /** The partitions that this thread alone writes to from now on. */
  readonly own: ReadonlySet<number>
}

/**
 * Opens a directory that another thread of this process has locked (`openShared`). All partitions can be read; `join` gives
 * out the own ones, and a write to any other is refused. Open it only when a former owner's thread has ended: extents and
 * positions are read once.
 * @throws DataDirError where it cannot be opened
 */
export const openOwned = async ({ own, ...options }: OwnerOptions): Promise<Log> => {
  const meta = openMeta(options)
  const opened = await openPartitions(options.dir, meta, options, (partition) =>
    own.has(partition) ? "write" : "share",
  )
  return logOver(meta, opened, () => closeAll(opened), own)
}

const perform = (log: Log, partition: number, call: Call): Promise<unknown> => {
  switch (call.kind) {
    case "append":
      return log.append({ stream: call.stream, partition }, call.records)
    case "commit":
      return log.commit(partition, call.commit)
    case "swap":
      return log.cells.swap(partition, call.name, call.expected, call.value)
  }
}

/** Does what comes on `port` until it is closed. Answers of one transaction go back in one message. */
export const serveWrites = (log: Log, own: ReadonlySet<number>, port: MessagePort): void => {
  let answers: Array<Answer> = []
  const answer = (one: Answer): void => {
    if (answers.length === 0)
      queueMicrotask(() => {
        port.postMessage({ answers } satisfies Answers)
        answers = []
      })
    answers.push(one)
  }
  port.on("message", (request: Request) => {
    for (const { id, partition, call } of unpackRequest(request)) {
      const done = own.has(partition)
        ? perform(log, partition, call)
        : Promise.reject(new StorageError(`partition ${partition} is written by another thread`))
      done.then(
        (result) => answer({ id, result }),
        (cause) => answer({ id, error: packError(cause) }),
      )
    }
  })
}
