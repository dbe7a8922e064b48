/** Small batches are packed and unpacked on the spot, large ones on another thread: what comes out must not tell. */
import { randomBytes } from "node:crypto"
import { expect, it } from "vitest"
import { decodeBatches } from "../../src/wire/decode.ts"
import { finish, pack } from "../../src/wire/encode.ts"
import { AT_ONCE, pieceFor } from "../../src/wire/piece.ts"

const PRODUCER = { id: "4242", epoch: 3 }

it.each([
  ["a few bytes, not packed", Buffer.alloc(100, 7)],
  ["a small one", Buffer.alloc(4_000, 7)],
  ["just below what is packed at once", Buffer.alloc(AT_ONCE - 100, 7)],
  ["above it, and small when packed", Buffer.alloc(AT_ONCE + 1, 7)],
  ["far more than its packed size lets expect", Buffer.alloc(20 * AT_ONCE, 7)],
  ["nothing to be gained by packing", randomBytes(AT_ONCE / 8)],
  ["large and nothing to be gained", randomBytes(3 * AT_ONCE)],
])("%s", async (_name, value) => {
  const packed = await pack([{ key: Buffer.from("k"), value }], true)
  expect(packed.compressed).toBe(value.length > 100)
  const batch = finish(packed, PRODUCER, 0, false, 1_700_000_000_123)
  const { records } = await decodeBatches(batch, 0, [])
  expect(records).toHaveLength(1)
  expect(Buffer.compare(records[0]!.value, value)).toBe(0)
})

it("pieces are as large as what is expected, within bounds", () => {
  expect(pieceFor(1)).toBe(16 << 10)
  expect(pieceFor(100_000.5)).toBe(100_001)
  expect(pieceFor(1 << 30)).toBe(4 << 20)
})
