import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assay } from "@assay/testkit/cli"
import { afterAll, beforeAll, expect, it } from "vitest"

const OURS = join(import.meta.dirname, "../../capacity")
let cwd = ""
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "assay-capacity-"))
  const aws = JSON.parse(readFileSync(join(OURS, "aws.json"), "utf8"))
  writeFileSync(join(cwd, "own.json"), JSON.stringify({ ...aws, provider: "Ours" }))
  writeFileSync(join(cwd, "free.json"), JSON.stringify({ ...aws, machine: { ...aws.machine, cores: 0 } }))
  writeFileSync(join(cwd, "junk.json"), "{")
  writeFileSync(join(cwd, "empty.json"), "{}")
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const SIZE = ["--devices", "10M", "--rate", "1/min", "--retention", "90d"]
const call = (...args: ReadonlyArray<string>) => assay(["capacity", ...args], { cwd })

it("says what ten million devices need, and what three clouds ask for it", async () => {
  const { code, out } = await call(...SIZE)
  expect(code).toBe(0)
  expect(out).toMatch(/^messages +166667\/s$/m)
  expect(out).toMatch(/Amazon.*\(list of 2026-06\).*\n.*Google.*\(an estimate\).*\n.*Azure.*\(an estimate\)/)
  for (const provider of ["Google Cloud", "Microsoft Azure"])
    expect(out).toContain(`${provider}: an estimate for the order of size, compared with no price list`)
  const { demand, costs } = JSON.parse((await call(...SIZE, "--json", "--prices", "own.json")).out)
  expect(demand).toMatchObject({ devices: 1e7, retention: 90, topology: "staged" })
  expect(costs).toMatchObject([{ provider: "Ours" }])
})

it.each<[ReadonlyArray<string>, string]>([
  [["--rate", "1/min"], "--devices N is needed"],
  [["--devices", "many", "--rate", "1/min"], "--devices takes a number like 5000"],
  [["--devices", "1.5", "--rate", "1/min"], "--devices takes a whole number"],
  [["--devices", "0", "--rate", "1/min"], "--devices takes"],
  [["--devices", "1k", "--rate", "1/year"], "--rate takes messages of one device like 1/min"],
  [[...SIZE, "--retention", "90"], "--retention takes days like 90d"],
  [[...SIZE, "--use", "0"], "--use takes a whole number from 1 to 100"],
  [[...SIZE, "--prices", "none.json"], "none.json (the prices) cannot be read"],
  [[...SIZE, "--prices", "junk.json"], "junk.json (the prices) is not JSON"],
  [[...SIZE, "--prices", "free.json"], "machine.cores is no number above 0"],
  [[...SIZE, "--measured", "empty.json"], "chained.broker.message is no number"],
])("refuses %j", async (args, why) => {
  const { code, err } = await call(...args)
  expect([code, err]).toEqual([2, expect.stringContaining(why)])
})
