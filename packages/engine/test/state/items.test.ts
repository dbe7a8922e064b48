/** Items of knowledge in rows of the table: changed, written, restored and counted as all others, and no stage's. */
import { describe, expect, it } from "vitest"
import { decodeRow, encodeRow } from "../../src/state/changelog.ts"
import { StateTable } from "../../src/state/table.ts"
import { countingStage } from "../runner/counting.ts"

const stages = [{ ...countingStage(), strangers: { maximum: 2, deadline: () => 1 } }]
const row = (...bytes: ReadonlyArray<number>): Uint8Array => Uint8Array.from(bytes)

const restored = (from: StateTable): StateTable => {
  const table = new StateTable(stages)
  for (const key of from.keys()) table.restore(key, decodeRow(stages, key, encodeRow(stages, key, from.rowOf(key))))
  table.restored()
  return table
}

describe("items of knowledge in a table", () => {
  it("come back from the changelog and from a fork, and are counted", () => {
    const table = new StateTable(stages)
    const items = table.items()
    items.set("k/did-document/did:a", row(1, 2, 3))
    items.set("k/did-document/did:b", row(4))
    items.set("k/did-unavailable/did:a", row(5))
    items.set("k/did-document/did:b", row(6, 7))
    expect(table.takeDirty()).toEqual(["k/did-document/did:a", "k/did-document/did:b", "k/did-unavailable/did:a"])
    for (const one of [table, restored(table), table.fork()]) {
      expect(Buffer.from(one.items().get("k/did-document/did:b")!)).toEqual(Buffer.from(row(6, 7)))
      expect(one.items().count("k/did-document/")).toBe(2)
      expect(one.items().count("k/did-unavailable/")).toBe(1)
      expect(one.items().get("k/did-document/did:c")).toBe(undefined)
    }
  })

  it("go, and come again", () => {
    const table = new StateTable(stages)
    const items = table.items()
    items.set("k/did-document/did:a", row(1))
    items.set("k/did-document/did:a", null)
    expect(items.count("k/did-document/")).toBe(0)
    items.set("k/did-document/did:a", row(2))
    expect(items.count("k/did-document/")).toBe(1)
    items.set("k/did-document/did:a", null)
    expect(table.takeDirty()).toEqual(["k/did-document/did:a"])
    expect(restored(table).items().count("k/did-document/")).toBe(0)
    expect(table.size).toBe(0)
  })

  it("are in no pool of strangers and wait for no tick", () => {
    const table = new StateTable(stages)
    for (const name of ["a", "b", "c", "d"]) table.items().set(`k/did-document/did:${name}`, row(1))
    expect(table.strangersOf(0)).toBe(0)
    expect(table.view(0).due(1_000, 10)).toEqual([])
    expect(table.items().count("k/did-document/")).toBe(4)
  })

  it("are refused where they end too early", () => {
    const table = new StateTable(stages)
    table.items().set("k/did-document/did:a", row(1, 2, 3))
    const encoded = encodeRow(stages, "k/did-document/did:a", table.rowOf("k/did-document/did:a"))
    expect(() => decodeRow(stages, "k/did-document/did:a", encoded.subarray(0, encoded.length - 1))).toThrow(RangeError)
  })
})
