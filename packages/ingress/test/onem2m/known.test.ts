import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { type Known, openKnown } from "../../src/onem2m/known.ts"

let dir: string
let known: Known
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-onem2m-"))
  known = openKnown(dir)
})
afterEach(() => {
  known.close()
  rmSync(dir, { recursive: true, force: true })
})

const entry = (n: number, digest = "d") => ({
  resourceId: `cin${n}`,
  stateTag: n,
  createdAt: `20261123T0809${String(n).padStart(2, "0")},000000`,
  digest,
})
const again = (): void => {
  known.close()
  known = openKnown(dir)
}

it("knows an instance by its id and its bytes, also after a restart", () => {
  known.of("cnt1").add(entry(1))
  for (let restarts = 0; restarts < 2; restarts++) {
    expect(known.of("cnt1").look("cin1", "d")).toBe("same")
    expect(known.of("cnt1").look("cin1", "e")).toBe("changed")
    expect(known.of("cnt1").look("cin2", "d")).toBe("new")
    expect(known.of("cnt2").look("cin1", "d")).toBe("new")
    again()
  }
})

it("knows how far each container was read", () => {
  known.of("cnt1").add(entry(7))
  known.of("cnt1").add(entry(3))
  again()
  const { stateTag, createdAt, latest } = known.of("cnt1")
  expect({ stateTag, createdAt, latest }).toEqual({
    stateTag: 7,
    createdAt: Date.parse("2026-11-23T08:09:07Z"),
    latest: "20261123T080907,000000",
  })
  expect(known.of("cnt2")).toMatchObject({ stateTag: null, createdAt: null, latest: "" })
})

it("passes over a line that a kill has cut off", () => {
  known.of("cnt1").add(entry(1))
  known.close()
  appendFileSync(join(dir, "instances.jsonl"), '["cnt1","cin2",2,"2026')
  known = openKnown(dir)
  expect(known.of("cnt1").has("cin1")).toBe(true)
  known.of("cnt1").add(entry(3))
  again()
  expect(known.of("cnt1").has("cin3")).toBe(true)
})

it("is not led on by a time that is not yet: what is made until then would be hidden", () => {
  known.of("cnt1").add({ ...entry(1), createdAt: "20991123T080938,000000" })
  expect(known.of("cnt1").createdAt).toBeNull()
})

it("has a path for notifications that nobody guesses, the same after a restart", () => {
  const { notifyPath } = known
  expect(notifyPath).toMatch(/^\/onem2m\/[A-Za-z0-9_-]{24}$/)
  again()
  expect(known.notifyPath).toBe(notifyPath)
  expect(readFileSync(join(dir, "notify-path"), "utf8").trim()).toBe(notifyPath)
})

it("may be without a directory", () => {
  const fleeting = openKnown(null)
  fleeting.of("cnt1").add(entry(1))
  expect(fleeting.of("cnt1").look("cin1", "d")).toBe("same")
  fleeting.close()
})
