/** Anybody can make up devices: a name that was seen once costs few bytes, and none of the garbage collector's. */
import { randomBytes } from "node:crypto"
import { expect, test } from "vitest"
import { KeyIndex } from "../../src/storage/key-index.ts"

const NAMES = 200_000
/** As the file of keys says whose a slot is. */
const ids = randomBytes(NAMES * 32)
const idAt = (slot: number): Uint8Array => ids.subarray(slot * 32, (slot + 1) * 32)
const isOf =
  (id: Uint8Array) =>
  (slot: number): boolean =>
    Buffer.compare(idAt(slot), id) === 0

test("finds every name among many, no other, and takes at most 20 bytes for each", () => {
  const before = process.memoryUsage().arrayBuffers
  const index = new KeyIndex()
  for (let slot = 0; slot < NAMES; slot++) index.add(idAt(slot), slot)
  // Arrays that it has grown out of may not be collected yet: together they are as large as the one in use.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 20 * NAMES)
  for (let slot = 0; slot < NAMES; slot += 7) expect(index.find(idAt(slot), isOf(idAt(slot)))).toBe(slot)
  for (let n = 0; n < 1_000; n++) {
    const stranger = randomBytes(32)
    expect(index.find(stranger, isOf(stranger))).toBe(-1)
  }
})
