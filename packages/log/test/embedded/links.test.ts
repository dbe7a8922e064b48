/** A symbolic link within a data directory is named and not followed: nothing outside is read, made or changed. */
import { execFileSync } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { openEmbedded } from "../../src/embedded/open.ts"
import { DataDirError } from "../../src/errors.ts"

let root: string
let dir: string
let outside: string
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "assay-links-"))
  dir = join(root, "data")
  outside = join(root, "outside")
  mkdirSync(outside)
  const log = await openEmbedded({ dir, partitions: 1 })
  await log.append({ stream: "in", partition: 0 }, [{ key: Buffer.from("k"), value: Buffer.from("v") }])
  await log.close()
})
afterEach(() => rmSync(root, { recursive: true }))

const refused = async (name: string): Promise<void> => {
  const opened = openEmbedded({ dir, partitions: 1 })
  await expect(opened).rejects.toThrow(DataDirError)
  await expect(opened).rejects.toThrow(`${join(dir, name)} is a symbolic link`)
}

describe("a link in the place of a file", () => {
  it.each([
    "assay.lock",
    "assay.lock-journal",
    "assay.lock-wal",
    "assay.json",
    "p000/data.mdb",
    "p000/lock.mdb",
    "p000/open.lock",
  ])("%s: to a file, and to none", async (name) => {
    const path = join(dir, name)
    rmSync(path, { force: true })
    const target = join(outside, "file")
    symlinkSync(target, path)
    await refused(name)
    expect(existsSync(target)).toBe(false)
    writeFileSync(target, "somebody else's")
    await refused(name)
    expect(readFileSync(target, "utf8")).toBe("somebody else's")
    expect(readdirSync(outside)).toEqual(["file"])
  })

  it("a pipe in the place of assay.json is refused at once", async () => {
    rmSync(join(dir, "assay.json"))
    execFileSync("mkfifo", [join(dir, "assay.json")])
    await expect(openEmbedded({ dir, partitions: 1 })).rejects.toThrow("is no file")
  })

  it("assay.json of a new log is not written through one", async () => {
    const fresh = join(root, "fresh")
    mkdirSync(fresh)
    symlinkSync(join(outside, "file"), join(fresh, "assay.json.new"))
    await expect(openEmbedded({ dir: fresh })).rejects.toThrow("assay.json.new is a symbolic link")
    expect(readdirSync(outside)).toEqual([])
  })
})

describe("a link in the place of a partition", () => {
  it("is refused, for writing and for reading", async () => {
    renameSync(join(dir, "p000"), join(outside, "p000"))
    symlinkSync(join(outside, "p000"), join(dir, "p000"))
    await refused("p000")
    await expect(openEmbedded({ dir, readOnly: true })).rejects.toThrow("p000 is a symbolic link")
  })
})

describe("a link to the data directory itself", () => {
  it("is its owner's choice", async () => {
    const link = join(root, "link")
    symlinkSync(dir, link)
    const log = await openEmbedded({ dir: link })
    expect((await log.bounds({ stream: "in", partition: 0 })).end).toBe(1)
    await log.close()
  })
})
