/**
 * A thread that owns partitions of a log. Opens what it is asked to (`{dir, own, port, cacheBytes}`), and closes it when the next message comes.
 */
import { type MessagePort, parentPort } from "node:worker_threads"
import { openOwned, serveWrites } from "../../../src/embedded/threads/owner.ts"
import type { Log } from "../../../src/port.ts"

export interface Open {
  readonly dir: string
  readonly own: ReadonlyArray<number>
  readonly port: MessagePort
  readonly cacheBytes: number
}

let opened: { readonly log: Log; readonly port: MessagePort } | null = null

parentPort!.on("message", async (asked: Open | "close") => {
  if (asked === "close") {
    await opened?.log.close()
    opened?.port.close()
    opened = null
  } else {
    const { dir, own, port, cacheBytes } = asked
    const log = await openOwned({ dir, own: new Set(own), cacheBytes })
    serveWrites(log, new Set(own), port)
    opened = { log, port }
  }
  parentPort!.postMessage("done")
})
