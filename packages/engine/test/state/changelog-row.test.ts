import type { StateCodec } from "@assay/trust"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { decodeRow, encodeRow } from "../../src/state/changelog.ts"
import { DamagedStateError, restoreTable } from "../../src/state/restore.ts"
import type { Row } from "../../src/state/table.ts"
import { countingStage } from "../runner/counting.ts"
import { CHANGELOG, Rig } from "../runner/support.ts"

/** A state of 1 to 255 times the same byte, which no other bytes are. */
const RUN: StateCodec<{ readonly length: number }> = {
  sizeOf: ({ length }) => length,
  write: ({ length }, to, at) => {
    to.fill(length, at, at + length)
  },
  decode: (bytes) => {
    const { length } = bytes
    if (length === 0 || length > 255 || bytes.some((byte) => byte !== length)) throw new Error("no run")
    return { length }
  },
}
const STAGES = [1, 2, 3].map(() => ({ ...countingStage(), state: RUN }))

const run = fc.option(fc.record({ length: fc.integer({ min: 1, max: 255 }) }), { nil: undefined })
const rows: fc.Arbitrary<Row> = fc.record({
  admitted: fc.nat(7),
  slots: fc.array(run, { minLength: 3, maxLength: 3 }),
  order: fc.option(fc.array(fc.integer({ min: 0, max: 2 ** 48 - 1 }), { minLength: 3, maxLength: 3 })),
})

describe("a row of the changelog", () => {
  it("comes back as it was", () => {
    fc.assert(
      fc.property(rows, (row) => {
        expect(decodeRow(STAGES, "did:key:zA", encodeRow(STAGES, "did:key:zA", row))).toEqual(row)
      }),
    )
  })

  it("that is cut or longer is refused; with any byte changed it is refused or is another row", () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.nat(255), (row, place, value) => {
        const bytes = encodeRow(STAGES, "did:key:zA", row)
        const whole = row.order === null ? bytes.length : bytes.length - 18
        for (let length = 1; length < bytes.length; length++)
          // Without the places in the pools it is the row of an admitted device.
          if (length !== whole) expect(() => decodeRow(STAGES, "did:key:zA", bytes.slice(0, length))).toThrow(Error)
        if (row.order !== null)
          expect(() => decodeRow(STAGES, "did:key:zA", Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(
            "where the row takes",
          )
        const changed = Uint8Array.from(bytes)
        changed[place % bytes.length] = value
        let other: Row | null = null
        try {
          other = decodeRow(STAGES, "did:key:zA", changed)
        } catch {
          return
        }
        expect(Uint8Array.from(encodeRow(STAGES, "did:key:zA", other!))).toEqual(changed)
      }),
      { numRuns: 60 },
    )
  })
})

describe("a restore", () => {
  let rig: Rig
  beforeEach(async () => {
    rig = await Rig.open()
  })
  afterEach(() => rig.close())

  it.each([
    ["claims a state of 4 GiB", Buffer.of(1, 0, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 9)],
    ["ends in the middle of a length", Buffer.of(1, 0, 0, 0)],
    ["has more behind its state", Buffer.of(1, 0, 0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0, 0, 0, 1, 7)],
    ["is of another version", Buffer.of(2, 0, 0, 0, 0, 4, 0, 0, 0, 9)],
  ])("over a row that %s ends in a DamagedStateError that names it", async (_, value) => {
    const log = rig.cluster.process()
    const stages = [countingStage()]
    const good = encodeRow(stages, "did:key:zA", { admitted: 1, slots: [{ count: 3 }], order: null })
    await log.append(CHANGELOG, [{ key: Buffer.from("did:key:zA"), value: good }])
    const { offset } = await log.append(CHANGELOG, [{ key: Buffer.from("did:key:zB"), value }])
    const restored = restoreTable({ log, stages, changelog: CHANGELOG.stream, partition: 0, position: 0 })
    await expect(restored).rejects.toThrow(DamagedStateError)
    await expect(restored).rejects.toThrow(`the record at offset ${offset} cannot be read`)
  })
})
