import { MORE_HEADERS, type NewRecord, UNPACKABLE } from "@assay/log"
import fc from "fast-check"
import Decoder from "kafkajs/src/protocol/decoder.js"
import KafkajsBatch from "kafkajs/src/protocol/recordBatch/v0/decoder.js"
import { describe, expect, it } from "vitest"
import { applyQuirks } from "../../src/kafkajs/quirks.ts"
import { CONTROL, readLong, sizeOfVarint, TRANSACTIONAL, writeLong, writeVarint } from "../../src/wire/batch.ts"
import { crc32c } from "../../src/wire/crc32c.ts"
import { decodeBatches } from "../../src/wire/decode.ts"
import { finish, pack } from "../../src/wire/encode.ts"

applyQuirks()

const PRODUCER = { id: "4242", epoch: 3 }

const bytes = fc.uint8Array({ maxLength: 300 })
const record = fc
  .record({
    key: bytes,
    value: bytes,
    headers: fc.dictionary(
      fc.string({ minLength: 1, maxLength: 8 }),
      fc.oneof(bytes, fc.array(bytes, { minLength: 2, maxLength: 3 })),
    ),
    nulls: fc.record({ key: fc.boolean(), value: fc.boolean() }),
  })
  .map(
    ({ key, value, headers, nulls }): NewRecord => ({
      key: nulls.key ? new Uint8Array(0) : key,
      value: nulls.value ? new Uint8Array(0) : value,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      ...(nulls.key || nulls.value
        ? { absent: { ...(nulls.key ? { key: true } : {}), ...(nulls.value ? { value: true } : {}) } }
        : {}),
    }),
  )

/** Moves a batch to an offset, as the broker does: the checksum does not cover it. */
const at = (batch: Buffer, offset: number): Buffer => {
  const moved = Buffer.from(batch)
  writeLong(moved, offset, 0)
  return moved
}

const batchOf = async (records: ReadonlyArray<NewRecord>, zstd = false, transactional = false, producer = PRODUCER) =>
  finish(await pack(records, zstd), producer, 0, transactional, 1_700_000_000_123)

const marker = async (producer: { id: string; epoch: number }): Promise<Buffer> => {
  const batch = await batchOf([{ key: Buffer.from([0, 0, 0, 1]), value: Buffer.alloc(6) }], false, true, producer)
  batch.writeInt16BE(TRANSACTIONAL | CONTROL, 21)
  batch.writeUInt32BE(crc32c(batch, 21), 17)
  return batch
}

const text = (value: string): NewRecord => ({ key: Buffer.from("k"), value: Buffer.from(value) })
const valuesOf = (records: ReadonlyArray<{ readonly value: Uint8Array }>): ReadonlyArray<string> =>
  records.map(({ value }) => Buffer.from(value).toString())

const plain = (value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : Array.isArray(value) ? value.map(plain) : value

describe("CRC-32C (RFC 3720 B.4)", () => {
  it("gives the values of the standard", () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, n) => n))).toBe(0x46dd794e)
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283)
  })
})

describe("numbers", () => {
  it("survive as varints and as longs", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 2 ** 40 }), (value) => {
        const into = Buffer.alloc(16)
        expect(writeVarint(into, value, 0)).toBe(sizeOfVarint(value))
        writeLong(into, value, 4)
        expect(readLong(into, 4)).toBe(value)
      }),
    )
  })
})

describe("a record batch", () => {
  it("comes back as it was, compressed or not", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        fc.nat(2 ** 45),
        async (records, zstd, offset) => {
          const { records: found, next } = await decodeBatches(at(await batchOf(records, zstd), offset), offset, [])
          expect(next).toBe(offset + records.length)
          expect(found).toHaveLength(records.length)
          for (const [n, each] of found.entries()) {
            const sent = records[n]!
            expect([each.offset, each.time, plain(each.key), plain(each.value), each.absent]).toEqual([
              offset + n,
              1_700_000_000_123,
              plain(sent.key),
              plain(sent.value),
              sent.absent,
            ])
            const headers = Object.entries(each.headers ?? {}).map(([name, value]) => [name, plain(value)])
            expect(Object.fromEntries(headers)).toEqual(
              Object.fromEntries(Object.entries(sent.headers ?? {}).map(([name, value]) => [name, plain(value)])),
            )
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it("has headers in common before a record's own, each record the same, also by kafkajs", async () => {
    const common = { type: Buffer.from("t"), zone: Buffer.from("press") }
    const other = { type: Buffer.from("u"), empty: Buffer.alloc(0) }
    const records: ReadonlyArray<NewRecord> = [
      { ...text("a"), common, headers: { id: Buffer.from("1") } },
      { ...text("b"), common },
      { ...text("c"), common: other, headers: { id: [Buffer.from("3"), Buffer.from("4")] } },
      text("d"),
    ]
    const wanted = [
      { type: plain(common.type), zone: plain(common.zone), id: plain(Buffer.from("1")) },
      { type: plain(common.type), zone: plain(common.zone) },
      { type: plain(other.type), empty: "", id: ["33", "34"] },
      {},
    ]
    const plainOf = (headers: object | undefined) =>
      Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, plain(value)]))
    for (const zstd of [false, true]) {
      const { records: found } = await decodeBatches(await batchOf(records, zstd), 0, [])
      expect(found.map(({ headers }) => plainOf(headers))).toEqual(wanted)
      const theirs = await KafkajsBatch(new Decoder(await batchOf(records, zstd, true)))
      expect(theirs.records.map((each) => plainOf("headers" in each ? (each.headers as object) : {}))).toEqual(wanted)
    }
  })

  it("is read by kafkajs as we wrote it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), fc.boolean(), async (records, zstd) => {
        const theirs = await KafkajsBatch(new Decoder(await batchOf(records, zstd, true)))
        expect([theirs.producerId, theirs.producerEpoch, theirs.inTransaction]).toEqual(["4242", 3, true])
        expect(theirs.records.map(({ key, value }) => [plain(key), plain(value)])).toEqual(
          records.map(({ key, value, absent }) => [
            absent?.key ? null : plain(key),
            absent?.value ? null : plain(value),
          ]),
        )
      }),
      { numRuns: 30 },
    )
  })

  it("whose bytes changed is refused", async () => {
    const batch = await batchOf([text("a"), text("b")])
    batch[batch.length - 2]! ^= 1
    await expect(decodeBatches(batch, 0, [])).rejects.toThrow(/offset 0 is damaged/)
  })

  it("that is cut off at the end of a fetch waits for the next", async () => {
    const [first, second] = [await batchOf([text("a")]), at(await batchOf([text("b")]), 1)]
    const found = await decodeBatches(Buffer.concat([first, second.subarray(0, second.length - 3)]), 0, [])
    expect([valuesOf(found.records), found.next]).toEqual([["a"], 1])
  })

  it("is read from its middle", async () => {
    const found = await decodeBatches(at(await batchOf([text("a"), text("b"), text("c")]), 10), 11, [])
    expect([valuesOf(found.records), found.next]).toEqual([["b", "c"], 13])
  })

  it("that cannot be unpacked becomes records that say so, and stops nothing", async () => {
    const foreign = at(await batchOf([text("a"), text("b")]), 5)
    foreign.writeInt16BE(3, 21) // lz4
    foreign.writeUInt32BE(crc32c(foreign, 21), 17)
    const after = at(await batchOf([text("c")]), 7)
    const { records, next } = await decodeBatches(Buffer.concat([foreign, after]), 5, [])
    expect(records.map(({ offset }) => offset)).toEqual([5, 6, 7])
    expect(Buffer.from(records[0]!.headers![UNPACKABLE] as Uint8Array).toString()).toBe("codec 3")
    expect([records[1]!.absent, valuesOf(records.slice(2)), next]).toEqual([{ key: true, value: true }, ["c"], 8])
  })
})

describe("a small fetch that unpacks to very much", () => {
  /** Every record of the set, as a reader gets them that asks again and again. */
  const readThrough = async (set: Buffer, from: number, end: number) => {
    let fetches = 0
    let most = 0
    const offsets: Array<number> = []
    for (let next = from; next < end; fetches++) {
      const found = await decodeBatches(set, next, [])
      expect(found.next).toBeGreaterThan(next)
      let bytes = 0
      for (const { offset, value } of found.records) {
        offsets.push(offset)
        bytes += value.length
      }
      most = Math.max(most, bytes)
      next = found.next
    }
    expect(offsets).toEqual(Array.from({ length: end - from }, (_, n) => from + n))
    return { fetches, most }
  }

  it("comes in parts: many bombs of zeros", async () => {
    const bomb = await batchOf([{ key: Buffer.alloc(0), value: Buffer.alloc(16 << 20) }], true)
    expect(bomb.length).toBeLessThan(4096)
    const set = Buffer.concat(Array.from({ length: 12 }, (_, n) => at(bomb, n)))
    const { fetches, most } = await readThrough(set, 0, 12)
    expect([fetches, most]).toEqual([6, 32 << 20])
  })

  it("comes in parts: more records than a process should hold at once", async () => {
    const empty: NewRecord = { key: Buffer.alloc(0), value: Buffer.alloc(0), absent: { key: true, value: true } }
    const batch = at(await batchOf(new Array(200_000).fill(empty), true), 7)
    const { fetches } = await readThrough(batch, 7, 200_007)
    expect(fetches).toBe(4)
    batch.writeInt16BE(2, 21) // snappy
    batch.writeUInt32BE(crc32c(batch, 21), 17)
    expect((await readThrough(batch, 7, 200_007)).fetches).toBe(4)
  })

  it("keeps so many headers of a record, and says how many they were", async () => {
    const many = { ...text("a"), headers: { h: new Array(100_000).fill(Buffer.alloc(0)) } }
    const batch = await batchOf([many, many, text("b")], true)
    const { records, next } = await decodeBatches(batch, 0, [])
    expect(records.map(({ headers }) => (headers!["h"] as Array<Uint8Array>).length)).toEqual([65_536])
    expect(Buffer.from(records[0]!.headers![MORE_HEADERS] as Uint8Array).toString()).toBe("34464")
    expect(next).toBe(1)
    await readThrough(batch, 0, 3)
  })

  it("beyond all bounds is reported as unpackable", async () => {
    const { records, next } = await decodeBatches(
      await batchOf([{ key: Buffer.alloc(0), value: Buffer.alloc(65 << 20) }], true),
      0,
      [],
    )
    expect([records.length, records[0]!.absent, next]).toEqual([1, { key: true, value: true }, 1])
  })
})

describe("aborted transactions", () => {
  const one = { id: "1", epoch: 0 }
  const two = { id: "2", epoch: 0 }

  it("are left out, those of other producers in between are not, and the cursor moves behind the markers", async () => {
    const set = Buffer.concat([
      at(await batchOf([text("aborted")], false, true, one), 0),
      at(await batchOf([text("kept")], false, true, two), 1),
      at(await batchOf([text("plain")]), 2),
      at(await marker(one), 3),
      at(await batchOf([text("later")], false, true, one), 4),
      at(await marker(two), 5),
      at(await marker(one), 6),
    ])
    const { records, next } = await decodeBatches(set, 0, [{ producerId: 1n, firstOffset: 0 }])
    expect([valuesOf(records), next]).toEqual([["kept", "plain", "later"], 7])
  })

  it("that began before the fetch are known from its list", async () => {
    const set = Buffer.concat([at(await batchOf([text("aborted")], false, true, one), 8), at(await marker(one), 9)])
    const { records, next } = await decodeBatches(set, 8, [{ producerId: 1n, firstOffset: 3 }])
    expect([records, next]).toEqual([[], 10])
  })
})
