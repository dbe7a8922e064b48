import type { SubjectItem } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { rowsInMemory, SubjectRows } from "../../src/activation/subject-rows.ts"

const item = (version: number): SubjectItem => ({
  version,
  expires: 1_000 + version,
  hash: "ab".repeat(32),
  projection: Buffer.from([version]),
})

describe("items of devices in rows", () => {
  it("are seen as of their place: an earlier view keeps what it saw, until all is judged", () => {
    const rows = new SubjectRows(rowsInMemory())
    const before = rows.view
    rows.put("document", "did:a", item(1))
    const between = rows.view
    rows.put("document", "did:a", item(2))
    expect(before.get("document", "did:a")).toBe(null)
    expect(between.get("document", "did:a")).toEqual(item(1))
    expect(rows.view.get("document", "did:a")).toEqual(item(2))
    rows.settle()
    expect(rows.view.get("document", "did:a")).toEqual(item(2))
    expect(rows.view.get("fact", "did:a")).toBe(null)
  })

  it("come back from their rows as they were, and are counted by kind", () => {
    const kept = rowsInMemory()
    const rows = new SubjectRows(kept)
    rows.put("document", "did:a", item(1))
    rows.put("document", "did:b", item(2 ** 40))
    rows.put("fact", "did:a", item(3))
    expect(rows.count("document")).toBe(2)
    rows.settle()
    const again = new SubjectRows(kept)
    expect(again.get("document", "did:b")).toEqual(item(2 ** 40))
    expect(again.count("document")).toBe(2)
    again.put("document", "did:a", null)
    again.put("document", "did:b", item(5))
    expect(again.count("document")).toBe(1)
    again.settle()
    expect(again.count("document")).toBe(1)
    expect(again.get("document", "did:a")).toBe(null)
  })

  it("are the same view for as long as nothing changes", () => {
    const rows = new SubjectRows(rowsInMemory())
    const { view } = rows
    rows.settle()
    expect(rows.view).toBe(view)
  })

  it("are refused where a row is damaged", () => {
    const kept = rowsInMemory()
    kept.set("k/document/did:a", Buffer.alloc(4))
    expect(() => new SubjectRows(kept).get("document", "did:a")).toThrow(RangeError)
  })
})
