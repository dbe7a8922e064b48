/** The contract of a log that is opened beside the thread which has locked its directory: its writes are passed on to the owners. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { MessageChannel } from "node:worker_threads"
import { afterAll, expect, it } from "vitest"
import { logContract } from "../../../src/contract/contract.ts"
import { input, record } from "../../../src/contract/subject.ts"
import { serveWrites } from "../../../src/embedded/threads/owner.ts"
import { openBeside, type SharedLog } from "../../../src/embedded/threads/shared.ts"
import { UnavailableError } from "../../../src/errors.ts"
import type { Log } from "../../../src/port.ts"
import { OwnerThread, openOwnedBy } from "./owners.ts"

const CACHE_BYTES = 1 << 20
const ALL = [0, 1]
const threads = [new OwnerThread(), new OwnerThread()] as const

afterAll(async () => {
  for (const { worker } of threads) await worker.terminate()
})

interface Beside {
  readonly shared: SharedLog
  readonly log: Log
  close(): Promise<void>
}

const open = async (dir: string, owners: readonly [OwnerThread, OwnerThread] = threads): Promise<Beside> => {
  const shared = await openOwnedBy(owners, dir, CACHE_BYTES)
  const { port1, port2 } = new MessageChannel()
  serveWrites(shared.log, new Set(ALL), port1)
  const { log, attach } = await openBeside({ dir, cacheBytes: CACHE_BYTES })
  attach(ALL, port2)
  const close = async (): Promise<void> => {
    await log.close()
    port1.close()
  }
  return { shared, log, close }
}

const release = async ({ shared, close }: Beside): Promise<void> => {
  await close()
  for (const thread of threads) await thread.release(shared)
  await shared.log.close()
}

logContract("the embedded engine beside the thread that has locked its directory", async () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-log-"))
  let current = await open(dir)
  return {
    log: current.log,
    reopen: async () => {
      await release(current)
      current = await open(dir)
      return current.log
    },
    destroy: async () => {
      await release(current)
      rmSync(dir, { recursive: true })
    },
  }
})

it("tells that nobody knows whether it was written where the owner has ended, and goes on with the next owner", async () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-log-"))
  const owners = [new OwnerThread(), new OwnerThread()] as const
  const beside = await open(dir, owners)
  const { shared, log } = beside
  await log.append(input, [record("a")])
  await owners[0].kill(shared)
  await expect(log.append(input, [record("b")])).rejects.toThrow(UnavailableError)
  await expect(log.append(input, [record("b")])).rejects.toThrow("is being replaced")
  const next = new OwnerThread()
  await next.own(shared, dir, [0])
  expect(await log.append(input, [record("b")])).toMatchObject({ offset: 1 })
  // What an owner has answered is seen beside it.
  expect((await log.read(input, 0, 10, 1 << 20)).map(({ key }) => Buffer.from(key).toString())).toEqual(["a", "b"])
  await beside.close()
  await next.release(shared)
  await owners[1].release(shared)
  await next.kill(shared)
  await owners[1].kill(shared)
  await shared.log.close()
  rmSync(dir, { recursive: true })
})
