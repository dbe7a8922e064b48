/** A reader opens an environment only while its writer is between two transactions. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { afterEach, beforeEach, expect, it } from "vitest"
import { openEmbedded } from "../../src/embedded/open.ts"
import { OpeningLock } from "../../src/embedded/opening-lock.ts"

const at = { stream: "in", partition: 0 }
const record = { key: Buffer.from("a"), value: Buffer.from("a") }
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-log-"))
})
afterEach(() => rmSync(dir, { recursive: true }))

/** Long enough for what does not wait. */
const isWaiting = (done: Promise<unknown>): Promise<boolean> =>
  Promise.race([done.then(() => false), delay(100).then(() => true)])

/** @returns what lets it go */
const held = async (): Promise<() => Promise<void>> => {
  const lock = new OpeningLock(join(dir, "p000"))
  const [taken, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const done = lock.hold(() => {
    taken.resolve()
    return over.promise
  })
  await taken.promise
  return async () => {
    over.resolve()
    await done
    lock.close()
  }
}

it("a reader waits for a transaction to end", async () => {
  const writer = await openEmbedded({ dir, partitions: 1 })
  await writer.append(at, [record])
  await writer.close()
  const release = await held()
  const opening = openEmbedded({ dir, readOnly: true })
  expect(await isWaiting(opening)).toBe(true)
  await release()
  const reader = await opening
  expect(await reader.read(at, 0, 10, 1_000)).toHaveLength(1)
  await reader.close()
})

it("a transaction waits until a reader has opened", async () => {
  const writer = await openEmbedded({ dir, partitions: 1 })
  const release = await held()
  const appending = writer.append(at, [record])
  expect(await isWaiting(appending)).toBe(true)
  await release()
  await appending
  expect(await writer.read(at, 0, 10, 1_000)).toHaveLength(1)
  await writer.close()
})

it("is let go where the work fails", async () => {
  await (await openEmbedded({ dir, partitions: 1 })).close()
  const lock = new OpeningLock(join(dir, "p000"))
  await expect(lock.hold(() => Promise.reject(new Error("no space")))).rejects.toThrow("no space")
  expect(await lock.hold(() => 1)).toBe(1)
  lock.close()
})
