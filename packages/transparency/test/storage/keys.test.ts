import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { KeyStore } from "../../src/storage/keys.ts"

const fresh = (): string => {
  const dir = mkdtempSync(join(tmpdir(), "keys-"))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return join(dir, "salts", "p000")
}
const names = Array.from({ length: 3000 }, (_, i) => `did:key:z${i}`)

describe("the erasable device keys", () => {
  test("are random, one per device, and survive a reopen", async () => {
    const path = fresh()
    const store = await KeyStore.open(path)
    await store.ensure([...names, ...names])
    const keys = names.map((name) => store.get(name)!.key)
    expect(new Set(keys.map((key) => Buffer.from(key).toString("hex"))).size).toBe(3000)
    await store.ensure(names)
    await store.close()
    expect(statSync(path).size).toBe(3000 * 64)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const again = await KeyStore.read(path)
    expect(names.map((name) => again.get(name)!.key)).toEqual(keys)
    expect(again.get("did:key:zNobody")).toBeNull()
    await again.close()
  })

  test("an erased key is in no byte of the file, and only its pseudonym is known", async () => {
    const path = fresh()
    const store = await KeyStore.open(path)
    await store.ensure(names.slice(0, 5))
    const { key, pseudonym } = store.get(names[2]!)!
    expect(readFileSync(path).includes(Buffer.from(key))).toBe(true)
    expect(await store.erase(pseudonym)).toBe(true)
    expect(await store.erase(pseudonym)).toBe(false)
    expect(readFileSync(path).includes(Buffer.from(key))).toBe(false)
    expect([store.get(names[2]!), store.isErased(pseudonym)]).toEqual([null, true])
    await store.ensure([names[2]!])
    expect(store.get(names[2]!)!.pseudonym).not.toEqual(pseudonym)
    await store.close()
    const again = await KeyStore.read(path)
    expect(again.isErased(pseudonym)).toBe(true)
    expect(again.get(names[2]!)).not.toBeNull()
    await again.close()
  })

  test("a torn last slot is cut off and written over", async () => {
    const path = fresh()
    const store = await KeyStore.open(path)
    await store.ensure(names.slice(0, 2))
    await store.close()
    appendFileSync(path, Buffer.alloc(17, 1))
    const again = await KeyStore.open(path)
    await again.ensure(names.slice(0, 3))
    const third = again.get(names[2]!)!.key
    await again.close()
    const read = await KeyStore.read(path)
    expect(read.get(names[2]!)!.key).toEqual(third)
    await read.close()
    expect(statSync(path).size).toBe(3 * 64)
  })

  test("a reader learns of an erasure that the process which writes makes meanwhile", async () => {
    const path = fresh()
    const store = await KeyStore.open(path)
    await store.ensure(names.slice(0, 3))
    const { pseudonym } = store.get(names[1]!)!
    const reader = await KeyStore.read(path)
    await store.erase(pseudonym)
    expect([reader.get(names[1]!), reader.isErased(pseudonym)]).toEqual([null, true])
    expect(reader.get(names[2]!)).toEqual(store.get(names[2]!))
    await reader.close()
    await store.close()
  })

  test("a missing file holds no keys, and is not made by who reads", async () => {
    const path = fresh()
    const reader = await KeyStore.read(path)
    expect([reader.get(names[0]!), reader.isErased(new Uint8Array(16)), existsSync(path)]).toEqual([null, false, false])
    await reader.close()
  })
})
