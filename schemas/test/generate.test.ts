import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"

/** A copy of the room, so that drift can be made without touching the real files. */
let room: string

beforeAll(() => {
  room = mkdtempSync(join(tmpdir(), "assay-schemas-"))
  const here = join(import.meta.dirname, "..")
  for (const part of ["src", "avsc", "ids.json", "package.json"])
    cpSync(join(here, part), join(room, part), { recursive: true })
  symlinkSync(join(here, "..", "node_modules"), join(room, "node_modules"))
})
afterAll(() => rmSync(room, { recursive: true }))

const check = () => spawnSync(process.execPath, ["src/generate.ts", "--check"], { cwd: room, encoding: "utf8" })

it("passes where the types follow from the schemas", () => {
  const { status, stderr } = check()
  expect([status, stderr]).toEqual([0, ""])
})

it("names the file that drifted, and mends it", () => {
  const file = join(room, "avsc", "origin.avsc")
  writeFileSync(file, readFileSync(file, "utf8").replace('"offset"', '"position"'))
  const { status, stderr } = check()
  expect(status).toBe(1)
  expect(stderr).toContain("schemas/src/types.ts")
  execFileSync(process.execPath, ["src/generate.ts"], { cwd: room })
  expect(check().status).toBe(0)
  expect(readFileSync(join(room, "src", "types.ts"), "utf8")).toContain("readonly position: number")
})
