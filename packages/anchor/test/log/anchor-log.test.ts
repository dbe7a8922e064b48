import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { leafHash, openCheckpoint, rootOf } from "@assay/transparency"
import { readPublished } from "@assay/transparency/storage"
import { expect, test } from "vitest"
import { AnchorLog } from "../../src/index.ts"
import { hex, KEY_OF_LOG, openLog, SIGNER, scratch } from "../plant.ts"

const entry = (i: number): Uint8Array => Buffer.from(`checkpoint ${i}`)

test("it grows, is opened again where it was, and goes on; each head is that of its entries", async () => {
  const dir = scratch()
  let log = await openLog(dir)
  expect(log.head).toBeNull()
  let count = 0
  for (const more of [1, 2, 5, 300, 1, 256, 7]) {
    await log.append(
      Array.from({ length: more }, (_, i) => entry(count + i)),
      SIGNER,
    )
    count += more
    log = await openLog(dir)
    expect(log.head!.size).toBe(count)
    expect(hex(openCheckpoint(log.head!.note, KEY_OF_LOG).root)).toEqual(
      hex(rootOf(Array.from({ length: count }, (_, i) => leafHash(entry(i))))),
    )
  }
  const entries: Array<string> = []
  for await (const bytes of log.entries()) entries.push(Buffer.from(bytes).toString())
  expect(entries).toEqual(Array.from({ length: count }, (_, i) => `checkpoint ${i}`))
  expect(hex(await log.rootAt(3))).toEqual(hex(rootOf([0, 1, 2].map((i) => leafHash(entry(i))))))
  expect(await log.rootAt(count + 1)).toBeNull()
})

test("a growth that was cut short before its checkpoint leaves the log as it was, and the next one goes over it", async () => {
  const dir = scratch()
  const log = await openLog(dir)
  await log.append([entry(0), entry(1)], SIGNER)
  const before = await readPublished(dir)
  await log.append([Buffer.from("never published")], SIGNER)
  writeFileSync(join(dir, "checkpoint"), before!)
  const again = await openLog(dir)
  expect(again.head!.size).toBe(2)
  await again.append([entry(2)], SIGNER)
  expect(hex((await openLog(dir)).head!.root)).toEqual(hex(rootOf([0, 1, 2].map((i) => leafHash(entry(i))))))
})

test("tiles that are not those of the checkpoint, and another key, are refused", async () => {
  const dir = scratch()
  const log = await openLog(dir)
  await log.append([entry(0), entry(1)], SIGNER)
  await expect(AnchorLog.open(dir, { ...KEY_OF_LOG, id: 1 })).rejects.toThrow(/not signed by/)
  writeFileSync(join(dir, "tile/0/000.p/2"), Buffer.alloc(64))
  await expect(openLog(dir)).rejects.toMatchObject({ code: "log" })
  rmSync(join(dir, "tile"), { recursive: true })
  await expect(openLog(dir)).rejects.toMatchObject({ code: "log" })
})
