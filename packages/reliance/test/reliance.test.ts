/** The index finds what a plain look at all rows finds, also after a crash, and whatever was merged. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { RelianceIndex, ROW_NUMBERS, type Row, rowAt } from "../src/index.ts"

const LOG = { epoch: 1, genesis: 5, partitions: 2 }
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-reliance-"))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const found = (
  index: RelianceIndex,
  partition: number,
  signers: ReadonlyArray<number>,
  from = 0,
): ReadonlyArray<Row> => {
  const rows = index.issuedTo(partition, new Set(signers), from)
  return Array.from({ length: rows.length / ROW_NUMBERS }, (_, at) => rowAt(rows, at))
}
const row = (signer: number, offset: number, more: Partial<Row> = {}): Row => ({
  signer,
  offset,
  time: offset,
  outcome: offset % 3 === 0 ? "annotated" : "verified",
  at: 2 * offset + 1,
  key: offset % 5,
  ...more,
})

describe("the index", () => {
  it("finds the decisions of a signer from a time on, in any split into files", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ signer: fc.nat(3), flush: fc.boolean() }), { maxLength: 60 }),
        fc.uniqueArray(fc.nat(4), { maxLength: 3 }),
        fc.nat(60),
        (said, signers, from) => {
          const home = mkdtempSync(join(dir, "run-"))
          const index = RelianceIndex.open(home, LOG)
          const all = said.map(({ signer }, offset) => row(signer, offset))
          for (const [n, one] of all.entries()) {
            index.add(1, one)
            if (said[n]!.flush) index.flush(1)
          }
          index.flush(1)
          const wanted = all.filter(({ signer, time }) => signers.includes(signer) && time >= from)
          expect(found(index, 1, signers, from)).toEqual(wanted)
          expect(found(RelianceIndex.open(home, LOG), 1, signers, from)).toEqual(wanted)
          expect(found(index, 0, signers)).toEqual([])
        },
      ),
      { numRuns: 25 },
    )
  })

  it("searches a large file for one signer, and reads it through for many", () => {
    const index = RelianceIndex.open(dir, LOG)
    for (let offset = 0; offset < 20_000; offset++) index.add(0, row(offset % 1_000, offset))
    index.flush(0)
    expect(found(index, 0, [7]).map(({ offset }) => offset)).toEqual(
      Array.from({ length: 20 }, (_, n) => 7 + 1_000 * n),
    )
    expect(found(index, 0, [1_000])).toEqual([])
    expect(
      found(
        index,
        0,
        Array.from({ length: 500 }, (_, n) => n),
      ),
    ).toHaveLength(10_000)
  })

  it("forgets what was not finished when it is opened again", () => {
    const index = RelianceIndex.open(dir, LOG)
    index.add(0, row(1, 1), [{ hash: "h", issuer: "did:key:zI" }])
    index.flush(0)
    index.add(0, row(1, 2))
    writeFileSync(join(dir, "p0-7.rows"), "half")
    appendFileSync(join(dir, "p0.shown"), '{"half')
    const again = RelianceIndex.open(dir, LOG)
    expect(found(again, 0, [1])).toEqual([row(1, 1)])
    expect(again.shownIn(0)).toEqual([{ ...row(1, 1), credentials: [{ hash: "h", issuer: "did:key:zI" }] }])
    expect(readdirSync(dir)).not.toContain("p0-7.rows")
  })

  it("names signers by their key, whichever DID they use, and no two indexes alike", () => {
    const did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    const index = RelianceIndex.open(dir, LOG)
    expect(index.signerOf(`${did}#gateway`)).not.toBe(index.signerOf("did:key:zOther"))
    expect(index.signerOf(did)).toBe(RelianceIndex.open(dir, LOG).signerOf(did))
    const other = RelianceIndex.open(join(dir, "other"), LOG)
    expect(other.signerOf(did)).not.toBe(index.signerOf(did))
  })

  it("makes one anew that was made before rows named keys", () => {
    const before = RelianceIndex.open(dir, LOG)
    before.add(0, row(1, 1), [{ hash: "h", issuer: "did:key:zI" }])
    before.flush(0)
    const path = join(dir, "index.json")
    writeFileSync(path, readFileSync(path, "utf8").replace('"v":2', '"v":1'))
    const index = RelianceIndex.open(dir, LOG)
    expect([index.rows, found(index, 0, [1]), index.shownIn(0)]).toEqual([0, [], []])
    expect(readdirSync(dir).filter((name) => name.endsWith(".rows"))).toEqual([])
  })

  it("refuses the index of another log, and one that is none", () => {
    RelianceIndex.open(dir, LOG)
    expect(() => RelianceIndex.open(dir, { ...LOG, genesis: 6 })).toThrow(/another log/)
    writeFileSync(join(dir, "index.json"), '{"v":3}')
    expect(() => RelianceIndex.open(dir, LOG)).toThrow(/no index of this version/)
  })
})
