/** What many strangers cost: a few bytes each, and nobody is mistaken for another. */
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, onTestFinished, test } from "vitest"
import { type KeyReader, KeyStore } from "../../src/storage/keys.ts"

const fresh = (): string => {
  const dir = mkdtempSync(join(tmpdir(), "keys-"))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return join(dir, "salts", "p000")
}
describe("the erasable device keys", () => {
  test("of 200,000 strangers take less than 20 bytes each in memory, and none is mistaken for another", async () => {
    const COUNT = 200_000
    const BATCH = 4_096
    const path = fresh()
    const stranger = (i: number): string => `did:key:z6MkStranger${i}`
    const keyOf = (device: string): Uint8Array => createHash("sha256").update(device).digest()
    const store = await KeyStore.open(path, keyOf)
    // Of what is kept of late there is as much as there will be.
    await store.ensure(Array.from({ length: 16_384 }, (_, i) => `did:key:z6MkOfLate${i}`))
    const before = await held()
    for (let from = 0; from < COUNT; from += BATCH)
      await store.ensure(Array.from({ length: Math.min(BATCH, COUNT - from) }, (_, i) => stranger(from + i)))
    expect((await held()) - before).toBeLessThan(20 * COUNT)
    const drawn = Array.from({ length: 2_000 }, (_, i) => stranger((i * 99_991) % COUNT))
    const wrong = (keys: KeyReader) => drawn.filter((name) => Buffer.compare(keys.get(name)!.key, keyOf(name)) !== 0)
    expect(wrong(store)).toEqual([])
    expect(drawn.filter((name) => store.get(`${name}x`) !== null)).toEqual([])
    await store.close()
    const again = await KeyStore.read(path)
    expect(wrong(again)).toEqual([])
    await again.close()
  })
})

/** Bytes of objects and arrays that are in use. */
const held = async (): Promise<number> => {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  collect()
  // Arrays are freed after the objects that held them.
  await new Promise(setImmediate)
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
