/** The demonstration itself: every case ends as its table says, and the pipeline finds the same afterwards. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { closeVerifyPool } from "@assay/testkit/driver"
import { afterAll, expect, it } from "vitest"
import { CASES } from "../../src/devices/cases.ts"
import { runDevices } from "../../src/devices/run.ts"

const dir = mkdtempSync(join(tmpdir(), "assay-devices-"))
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true })
  await closeVerifyPool()
})

it("devices decide by themselves as they should, and report it alike", { timeout: 300_000 }, async () => {
  const { rows, meetings, disagreeing, replayed, refused, reports } = await runDevices(dir, () => undefined)
  expect(rows.filter(({ ok }) => !ok)).toEqual([])
  expect(rows.length).toBe(CASES.length)
  expect(meetings).toBeGreaterThan(10)
  expect(disagreeing).toBe(0)
  expect(refused).toEqual([])
  expect(replayed).toBeGreaterThan(5)
  expect(reports).toBeGreaterThan(2 * meetings)
})

it("a device imports nothing of Assay but the verifier", () => {
  const place = new URL("../../src/devices/device/", import.meta.url)
  const imported = readdirSync(place).flatMap((file) =>
    [...readFileSync(new URL(file, place), "utf8").matchAll(/from "([^"]+)"/g)].map(([, from]) => from!),
  )
  const foreign = imported.filter((from) => !from.startsWith("node:") && !from.startsWith("./"))
  expect([...new Set(foreign)]).toEqual(["@assay/passport"])
})
