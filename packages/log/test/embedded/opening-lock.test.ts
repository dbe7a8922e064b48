/** A reader opens an environment only while its writer is between two transactions. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setTimeout as delay } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { openEmbedded } from "../../src/embedded/open.ts"
import { OpeningLock } from "../../src/embedded/opening-lock.ts"
import { DataDirError } from "../../src/errors.ts"

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

describe("kept by the writer", () => {
  /** Writes without a pause until it is stopped. */
  const writing = async (): Promise<() => Promise<void>> => {
    const writer = await openEmbedded({ dir, partitions: 1 })
    let over = false
    const done = (async () => {
      while (!over) await writer.append(at, [record])
    })()
    return async () => {
      over = true
      await done
      await writer.close()
    }
  }
  const lockOf = (): OpeningLock => new OpeningLock(join(dir, "p000"))
  const wanted = (): string => join(dir, "p000", "open.wanted")

  it("between transactions that follow each other, and not for long after the last", async () => {
    const writer = await openEmbedded({ dir, partitions: 1 })
    await writer.append(at, [record])
    const lock = lockOf()
    // The file by which a second holder asks is there only where the lock was not free.
    const held = lock.hold(() => 1)
    expect(existsSync(wanted())).toBe(true)
    expect(await held).toBe(1)
    expect(existsSync(wanted())).toBe(false)
    lock.close()
    await writer.close()
  })

  it("a reader opens beside a writer that never rests", async () => {
    const stop = await writing()
    for (let n = 0; n < 20; n++) {
      const reader = await openEmbedded({ dir, readOnly: true })
      await reader.close()
    }
    await stop()
    expect(existsSync(wanted())).toBe(false)
  })

  it("one that cannot say that it waits gets it all the same", async () => {
    const stop = await writing()
    mkdirSync(wanted()) // what is no file is older than any who waits
    utimesSync(wanted(), new Date(0), new Date(0))
    const lock = new DatabaseSync(join(dir, "p000", "open.lock"))
    const since = performance.now()
    for (let isTaken = false; !isTaken; await delay(1))
      try {
        lock.exec("BEGIN EXCLUSIVE")
        isTaken = true
      } catch (cause) {
        if ((cause as { errcode?: number }).errcode !== 5) throw cause
        if (performance.now() - since > 8_000) throw new Error("the writer never gave it up", { cause })
      }
    lock.close()
    await stop()
  })

  it("whoever asked for it and ended stops nobody", async () => {
    const writer = await openEmbedded({ dir, partitions: 1 })
    await writer.append(at, [record])
    writeFileSync(wanted(), "")
    const since = performance.now()
    await writer.append(at, [record])
    expect(performance.now() - since).toBeLessThan(8_000)
    expect(existsSync(wanted())).toBe(false)
    await writer.close()
  })

  it("a link in the place of what asks for it is refused", async () => {
    const writer = await openEmbedded({ dir, partitions: 1 })
    await writer.close()
    symlinkSync(join(dir, "elsewhere"), wanted())
    await expect(openEmbedded({ dir, partitions: 1 })).rejects.toThrow(DataDirError)
    expect(existsSync(join(dir, "elsewhere"))).toBe(false)
  })
})
