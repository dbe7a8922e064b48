import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, expect, it, onTestFinished } from "vitest"
import { changeContexts, checkName, contextsFile, MAX_CONTEXTS, readContexts } from "../../src/context/store.ts"

let path: string
beforeEach(() => {
  const dir = mkdtempSync(join(tmpdir(), "assay-contexts-"))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  path = join(dir, "config/assay/contexts.json")
})

const ONE = { current: "a", contexts: { a: { url: "http://n" } } }

it("is its owner's alone, and comes back as it was written", () => {
  expect(readContexts(path)).toEqual({ current: null, contexts: {} })
  changeContexts(path, () => ONE)
  expect(readContexts(path)).toEqual(ONE)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700)
  expect(existsSync(`${path}.new`)).toBe(false)
})

it("stays as it is where the change fails, or another call is at it", () => {
  changeContexts(path, () => ONE)
  const before = readFileSync(path, "utf8")
  expect(() =>
    changeContexts(path, () => {
      throw new Error("no")
    }),
  ).toThrow("no")
  writeFileSync(`${path}.new`, "")
  expect(() => changeContexts(path, (now) => now)).toThrow(/another call is changing the contexts.*\.new/)
  expect(readFileSync(path, "utf8")).toBe(before)
})

it.each([0o640, 0o620, 0o606])("counts for nothing where others may use it: mode %o", (mode) => {
  changeContexts(path, () => ONE)
  chmodSync(path, mode)
  expect(() => readContexts(path)).toThrow(`chmod 600 ${path}`)
})

it.each([
  "{",
  "[]",
  '{"version":2,"current":null,"contexts":{}}',
  '{"version":1,"current":"b","contexts":{}}',
  '{"version":1,"current":"toString","contexts":{}}',
  '{"version":1,"current":null,"contexts":{"a":{"password":"p"}}}',
  '{"version":1,"current":null,"contexts":{"a":{"url":1}}}',
  '{"version":1,"current":null,"contexts":{"../a":{}}}',
  `{"version":1,"current":null,"contexts":{${Array.from({ length: MAX_CONTEXTS + 1 }, (_, nth) => `"c${nth}":{}`)}}}`,
])("is refused with what to do where it is none: %.60s", (text) => {
  mkdirSync(join(path, ".."), { recursive: true })
  writeFileSync(path, text, { mode: 0o600 })
  expect(() => readContexts(path)).toThrow(/holds no contexts of this version.*assay context add/)
})

it("lies where the setting says, else where XDG does; a relative XDG path counts for nothing", () => {
  expect(contextsFile({ ASSAY_CONFIG_DIR: "/c", XDG_CONFIG_HOME: "/x" })).toBe("/c/contexts.json")
  expect(contextsFile({ XDG_CONFIG_HOME: "/x" })).toBe("/x/assay/contexts.json")
  expect(contextsFile({ XDG_CONFIG_HOME: "x" })).toMatch(/^\/.*\/\.config\/assay\/contexts\.json$/)
})

it.each(["", "-a", ".", "a/b", "a b", "x".repeat(65)])("no context is named %j", (name) => {
  expect(() => checkName(name)).toThrow(/a context's name/)
})
