import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { outsideFindings } from "../../src/doctor/outside-files.ts"

it("files outside the data directory must not be written by others, and secret ones not be read", () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-outside-"))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const path = join(dir, "roots.json")
  writeFileSync(path, "x")
  chmodSync(path, 0o644)
  expect(outsideFindings({ roots: path }, false)).toEqual([])
  expect(outsideFindings({ key: path, none: null, gone: join(dir, "gone") }, true)).toMatchObject([{ state: "fail" }])
  chmodSync(path, 0o666)
  expect(outsideFindings({ roots: path }, false)).toMatchObject([
    { state: "fail", found: expect.stringContaining("can be written by other users") },
  ])
})
