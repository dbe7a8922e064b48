import fc from "fast-check"
import { expect, it } from "vitest"
import { Packed, pack, type Sendable } from "../../src/bench/packed.ts"

const bytes = fc.uint8Array({ maxLength: 40 })
const sendable: fc.Arbitrary<Sendable> = fc.record({
  partition: fc.nat(7),
  record: fc.record({ key: bytes, value: bytes }),
})

it("gives back what was packed, by number and by partition", () => {
  fc.assert(
    fc.property(fc.array(fc.array(sendable, { maxLength: 6 }), { maxLength: 4 }), (parts) => {
      const packed = new Packed(parts.map(pack))
      const all = parts.flat()
      expect(packed.count).toBe(all.length)
      const plain = ({ key, value }: Sendable["record"]) => [Uint8Array.from(key), Uint8Array.from(value)]
      all.forEach(({ partition, record }, n) => {
        expect(packed.partitionOf(n)).toBe(partition)
        expect(plain(packed.recordOf(n))).toEqual(plain(record))
      })
      for (let partition = 0; partition < 8; partition++) {
        const { numbers, records } = packed.of(partition, 1, all.length + 3)
        expect(numbers).toEqual(all.flatMap((one, n) => (n >= 1 && one.partition === partition ? [n] : [])))
        expect(records.map(plain)).toEqual(numbers.map((n) => plain(all[n]!.record)))
      }
    }),
    { numRuns: 50 },
  )
})
