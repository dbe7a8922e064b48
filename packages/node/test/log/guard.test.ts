/** Whatever is written first after another process took the directory gives the log up, once and for every write. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { FencedError, type Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { expect, it } from "vitest"
import { guardLog } from "../../src/log/guard.ts"

const CHILD = fileURLToPath(new URL("../../../log/test/embedded/child.ts", import.meta.url))
const record = { key: Buffer.from("k"), value: Buffer.from("v") }

type Write = (log: Log, partition: number) => Promise<unknown>
const append: Write = (log, partition) => log.append({ stream: "in", partition }, [record])
const commit: Write = (log, partition) =>
  log.commit(partition, { group: "g", stream: "in", from: 0, next: 1, outputs: [{ stream: "out", records: [record] }] })
const swap: Write = (log, partition) => log.cells.swap(partition, "cell", null, Buffer.from("v"))

it.each([
  ["an append", append],
  ["a commit", commit],
  ["a swap", swap],
])("%s", { timeout: 60_000 }, async (_, first) => {
  const dir = mkdtempSync(join(tmpdir(), "assay-guard-"))
  const opened = await openEmbedded({ dir, partitions: 2 })
  const heard: Array<unknown> = []
  const { log, lost, ended } = guardLog(opened, (cause) => heard.push(cause))
  await log.append({ stream: "in", partition: 0 }, [record])
  // What is no loss of the directory passes through, and gives nothing up.
  const wrong = { group: "g", stream: "in", from: 5, next: 6, outputs: [] }
  await expect(log.commit(0, wrong)).rejects.toThrow(FencedError)
  expect(lost()).toBeNull()
  rmSync(join(dir, "assay.lock"))
  const child = spawn(process.execPath, [CHILD, "hold", dir], { stdio: ["pipe", "pipe", "inherit"] })
  const exited = once(child, "exit")
  expect(await once(createInterface({ input: child.stdout }), "line")).toEqual(["opened"])

  const cause = await first(log, 0).catch((error: unknown) => error)
  expect(cause).toMatchObject({ _tag: "DataDirError" })
  for (const write of [append, commit, swap]) await expect(write(log, 1)).rejects.toBe(cause)
  expect(lost()).toBe(cause)
  await expect(ended).rejects.toBe(cause)
  expect(heard).toEqual([cause])
  expect((await log.read({ stream: "in", partition: 0 }, 0, 10, 1 << 20)).length).toBe(1)

  child.stdin.end()
  await exited
  await opened.close()
  rmSync(dir, { recursive: true, force: true })
})
