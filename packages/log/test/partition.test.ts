import { describe, expect, it } from "vitest"
import { murmur2, partitionOf } from "../src/partition.ts"

/** From Apache Kafka, clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java, testMurmur2. */
const VECTORS: ReadonlyArray<readonly [string, number]> = [
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
]

describe("the partitioner of Kafka", () => {
  it.each(VECTORS)("murmur2(%s) is %d", (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash)
  })

  it.each(VECTORS)("partitionOf(%s) clears the sign bit, not the sign", (text, hash) => {
    expect(partitionOf(text, 7)).toBe((hash & 0x7fffffff) % 7)
    expect(partitionOf(Buffer.from(text), 7)).toBe(partitionOf(text, 7))
  })

  it("hashes strings as UTF-8 and every length of tail", () => {
    expect(partitionOf("é", 1000)).toBe(partitionOf(new Uint8Array([0xc3, 0xa9]), 1000))
    expect(new Set(["", "a", "ab", "abc", "abcd", "abcde"].map((key) => murmur2(Buffer.from(key)))).size).toBe(6)
  })

  it("spreads device names evenly", () => {
    const counts = new Array<number>(8).fill(0)
    for (let n = 0; n < 8000; n++) counts[partitionOf(`did:key:z${n}`, 8)]!++
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})
