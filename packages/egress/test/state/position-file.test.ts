import { readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DataDirError } from "@assay/log"
import { expect, it } from "vitest"
import { openState } from "../../src/state/directory.ts"
import { filePositions } from "../../src/state/position-file.ts"
import { testDir } from "../support.ts"

const LOG = { epoch: 1, genesis: 1_790_000_000_000 }
const AT = { stream: "telemetry.verified.v1", partition: 0 }
const OTHER = { stream: "telemetry.verified.v1", partition: 1 }

it("keeps the position of each stream partition over a restart", async () => {
  const path = join(testDir(), "position.json")
  const positions = await filePositions(path, LOG)
  expect(await positions.load(AT)).toBeNull()
  await Promise.all([positions.save(AT, 0, 5), positions.save(OTHER, 0, 7), positions.save(AT, 5, 9)])
  const again = await filePositions(path, LOG)
  expect([await again.load(AT), await again.load(OTHER)]).toEqual([9, 7])
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
    v: 1,
    ...LOG,
    next: { "telemetry.verified.v1/0": 9, "telemetry.verified.v1/1": 7 },
  })
})

it("begins again where asked to", async () => {
  const path = join(testDir(), "position.json")
  await (await filePositions(path, LOG)).save(AT, 0, 5)
  expect(await (await filePositions(path, LOG, true)).load(AT)).toBeNull()
})

it("takes no position of another log, and none that it cannot read", async () => {
  const path = join(testDir(), "position.json")
  await (await filePositions(path, LOG)).save(AT, 0, 5)
  await expect(filePositions(path, { ...LOG, genesis: 5 })).rejects.toThrow("belongs to another log")
  for (const text of ["", "null", "{}", '{"v":1,"epoch":1,"genesis":1790000000000,"next":{"a":-1}}']) {
    writeFileSync(path, text)
    await expect(filePositions(path, LOG)).rejects.toThrow(DataDirError)
  }
})

it("is neither read nor written through a link", async () => {
  const dir = testDir()
  const [path, target] = [join(dir, "position.json"), join(dir, "target")]
  writeFileSync(target, "somebody else's")
  const positions = await filePositions(path, LOG)
  symlinkSync(target, `${path}.new`)
  await expect(positions.save(AT, 0, 5)).rejects.toThrow(`${path}.new`)
  symlinkSync(target, path)
  await expect(filePositions(path, LOG)).rejects.toThrow(path)
  expect(readFileSync(target, "utf8")).toBe("somebody else's")
})

it("belongs to one export at a time", () => {
  const dir = join(testDir(), "state")
  const state = openState(dir)
  expect(() => openState(dir)).toThrow(/state.*cannot be used by two at a time/)
  state.release()
  openState(dir).release()
})
