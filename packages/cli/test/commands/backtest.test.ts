import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assay } from "@assay/testkit/cli"
import { afterAll, beforeAll, expect, it } from "vitest"

let cwd = ""
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "assay-backtest-test-"))
  const rows = Array.from(
    { length: 24 },
    (_, n) => `2020-03-01 00:${String(n).padStart(2, "0")},pump,level,${20 + (n % 5)}`,
  )
  writeFileSync(join(cwd, "past.csv"), ["time,device,name,value", "later,pump,level,1", ...rows, ""].join("\n"))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

it("shows people what would have been, names bad lines, and draws", async () => {
  const { code, out, err } = await assay(["backtest", "past.csv", "--svg", "past.svg"], { cwd })
  expect(code).toBe(0)
  expect(out).toMatch(/^pump +24 +66\.7 % +33\.3 % +0\.0 % +0 x +0 x +trusted/m)
  expect(out).toContain("24 messages of 1 devices from 24 readings: 66.7 % would have been verified")
  expect(out).toContain("24 times have no zone and were read as UTC")
  expect(err).toContain("line 2: backtest.bad_time: The time is not understood")
  expect(readFileSync(join(cwd, "past.svg"), "utf8")).toContain("pump level  (16 verified, 8 learned)")
})

it("writes one object on a line for each message, also from standard input", async () => {
  const { code, out } = await assay(["backtest", "-", "--json"], {
    cwd,
    input: readFileSync(join(cwd, "past.csv"), "utf8"),
  })
  expect(code).toBe(0)
  const lines = out.trim().split("\n")
  expect(lines).toHaveLength(24)
  expect(JSON.parse(lines[0]!)).toEqual({
    time: "2020-03-01T00:00:00.000Z",
    device: "pump",
    outcome: "annotated",
    reasons: ["anomaly.learning"],
    trust: "learning",
    trustAfter: "learning",
    line: 3,
  })
  expect(JSON.parse(lines[23]!)).toMatchObject({ outcome: "verified", trust: "trusted", line: 26 })
})

it.each([
  [["backtest"], "name the file with the readings"],
  [["backtest", "none.csv"], "none.csv (the readings) cannot be read: there is no such file"],
  [["backtest", "past.csv", "--class", "a b"], "--class takes letters"],
  [["backtest", "past.csv", "--profile", "past.csv"], "past.csv"],
])("says what is wrong with %j", async (args, says) => {
  const { code, err } = await assay(args, { cwd })
  expect(code).toBe(2)
  expect(err).toContain(says)
})
