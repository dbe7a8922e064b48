import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"

const ROOT = join(import.meta.dirname, "..", "..")
const TRUST = "packages/trust/src/generated"

/** A copy of what the generator reads and writes, so that drift can be made without touching the real files. */
let copy: string

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "assay-schemas-"))
  for (const part of ["src/generated", "avsc", "ids.json"])
    cpSync(join(ROOT, "schemas", part), join(copy, "schemas", part), { recursive: true })
  mkdirSync(join(copy, TRUST), { recursive: true })
  cpSync(join(ROOT, TRUST), join(copy, TRUST), { recursive: true })
})
afterEach(() => rmSync(copy, { recursive: true }))

const MAIN = join(ROOT, "infra/generate/schemas.ts")
const check = () => spawnSync(process.execPath, [MAIN, "--root", copy, "--check"], { encoding: "utf8" })
const generate = () => execFileSync(process.execPath, [MAIN, "--root", copy], { stdio: "pipe" })
const text = (path: string): string => readFileSync(join(copy, path), "utf8")
const change = (path: string, from: string, to: string): void => {
  const before = text(path)
  expect(before).toContain(from)
  writeFileSync(join(copy, path), before.replace(from, to))
}

it("passes where types and codecs follow from the schemas", () => {
  const { status, stdout, stderr } = check()
  expect([status, stdout, stderr]).toEqual([0, "", ""])
})

it("names each file that drifted from its schema, and mends it", () => {
  change("schemas/avsc/origin.avsc", '"offset"', '"position"')
  const { status, stdout } = check()
  expect(status).toBe(1)
  expect(stdout).toContain(`${TRUST}/records.ts does not follow`)
  expect(stdout).toContain("schemas/src/generated/origin.ts does not follow")
  generate()
  expect(check().status).toBe(0)
  expect(text(`${TRUST}/records.ts`)).toContain("readonly position: number")
  expect(text("schemas/src/generated/origin.ts")).toContain("position: from.long()")
})

it("names a generated file that was edited, that is missing, or that follows from no schema", () => {
  change("schemas/src/generated/leaf.ts", "value.index", "0")
  rmSync(join(copy, "schemas/src/generated/subject.ts"))
  writeFileSync(join(copy, "schemas/src/generated/ghost.ts"), "export {}\n")
  const { status, stdout } = check()
  expect(status).toBe(1)
  for (const name of ["leaf", "subject", "ghost"]) expect(stdout).toContain(`schemas/src/generated/${name}.ts`)
  expect(stdout.trim().split("\n")).toHaveLength(3)
  generate()
  expect(check().status).toBe(0)
  expect(existsSync(join(copy, "schemas/src/generated/ghost.ts"))).toBe(false)
})

describe("a schema that no codec can be made for is refused by name", () => {
  const size = '{ "name": "size", "type": "long", "doc": "Leaves." }'
  it.each([
    ["a map", '{ "name": "size", "type": { "type": "map", "values": "long" } }', "CheckpointSize"],
    ["a fixed", '{ "name": "size", "type": { "type": "fixed", "name": "Four", "size": 4 } }', "Four"],
    ["a float", '{ "name": "size", "type": "float" }', "float"],
    ["a union that begins with its value", '{ "name": "size", "type": ["long", "null"] }', "CheckpointSize"],
    ["a union that has a record without a kind", '["null", "Origin", "Submitted"]', "Origin"],
    ["a union of a record and a string", '["null", "Origin", "string"]', "CheckpointSize"],
    ["an array in an array", arrayOf(arrayOf('"long"')), "checkpoint.avsc"],
    ["another logical type", '{ "name": "size", "type": { "type": "int", "logicalType": "date" } }', "date"],
    ["a type that no file defines", '{ "name": "size", "type": "Nothing" }', "Nothing"],
    ["a type of its own name defined again", recordOf("Origin"), "Origin"],
    ["an array of records without fields", arrayOf('{ "type": "record", "name": "Empty", "fields": [] }'), "Empty"],
  ])("%s", (_, field, name) => {
    change(
      "schemas/avsc/checkpoint.avsc",
      size,
      field.startsWith('{ "name"') ? field : `{ "name": "size", "type": ${field} }`,
    )
    const { status, stderr } = check()
    expect(status).not.toBe(0)
    expect(stderr).toContain("checkpoint.avsc")
    expect(stderr).toContain(name)
  })
})

function arrayOf(items: string): string {
  return `{ "type": "array", "items": ${items} }`
}
function recordOf(name: string): string {
  return `{ "type": "record", "name": "${name}", "fields": [{ "name": "a", "type": "long" }] }`
}
