/** Salts and tiles are neither read nor written through a symbolic link. */
import { execFileSync } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { beforeEach, describe, expect, onTestFinished, test } from "vitest"
import {
  directoryTiles,
  KeyStore,
  LinkedFileError,
  readOptional,
  writeAllDurable,
  writeDurable,
} from "../../src/storage/index.ts"

let dir: string
let outside: string
beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), "storage-links-"))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  dir = join(root, "data")
  outside = join(root, "outside")
  mkdirSync(dir)
  mkdirSync(outside)
})

const bytes = Buffer.from("ours")

describe("salts", () => {
  test("a link in the place of the file, to a file and to none", async () => {
    const path = join(dir, "salts", "p000")
    mkdirSync(join(dir, "salts"))
    symlinkSync(join(outside, "file"), path)
    await expect(KeyStore.open(path)).rejects.toThrow(LinkedFileError)
    expect(readdirSync(outside)).toEqual([])
    writeFileSync(join(outside, "file"), "somebody else's")
    await expect(KeyStore.open(path)).rejects.toThrow(`${path} is a symbolic link`)
    await expect(KeyStore.read(path)).rejects.toThrow(`${path} is a symbolic link`)
    expect(readFileSync(join(outside, "file"), "utf8")).toBe("somebody else's")
  })

  test("a link in the place of their directory", async () => {
    symlinkSync(outside, join(dir, "salts"))
    await expect(KeyStore.open(join(dir, "salts", "p000"))).rejects.toThrow(`${join(dir, "salts")} is a symbolic link`)
    expect(readdirSync(outside)).toEqual([])
  })
})

describe("what is no file of ours", () => {
  test("a pipe is refused at once, in the place of salts and of a tile", async () => {
    mkdirSync(join(dir, "salts"))
    for (const name of ["salts/p000", "checkpoint"]) execFileSync("mkfifo", [join(dir, name)])
    await expect(KeyStore.read(join(dir, "salts", "p000"))).rejects.toThrow("is no file")
    await expect(KeyStore.open(join(dir, "salts", "p000"))).rejects.toThrow("is no file")
    await expect(readOptional(join(dir, "checkpoint"))).rejects.toThrow(`${join(dir, "checkpoint")} is no file`)
  })

  test("a file that is larger than any is not read", async () => {
    const path = join(dir, "checkpoint")
    writeFileSync(path, "")
    truncateSync(path, 3 * 2 ** 30)
    await expect(readOptional(path)).rejects.toThrow("more than anything that belongs there")
  })

  test("a tile of another length than its own is none", async () => {
    const tiles = directoryTiles(dir)
    const path = join(dir, "tile", "0", "000.p", "2")
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, Buffer.alloc(64))
    expect(await tiles.read({ level: 0, index: 0, width: 2 })).toHaveLength(64)
    writeFileSync(path, Buffer.alloc(65))
    expect(await tiles.read({ level: 0, index: 0, width: 2 })).toBeNull()
  })
})

describe("files of a log", () => {
  test("a link in the place of a temporary file is not written through", async () => {
    symlinkSync(join(outside, "file"), join(dir, "checkpoint.tmp"))
    await expect(writeDurable(join(dir, "checkpoint"), bytes)).rejects.toThrow(LinkedFileError)
    expect(readdirSync(outside)).toEqual([])
  })

  test("a link in the place of a file is replaced, and its target left alone", async () => {
    writeFileSync(join(outside, "file"), "somebody else's")
    symlinkSync(join(outside, "file"), join(dir, "checkpoint"))
    await expect(readOptional(join(dir, "checkpoint"))).rejects.toThrow(LinkedFileError)
    await writeDurable(join(dir, "checkpoint"), bytes)
    expect(await readOptional(join(dir, "checkpoint"))).toEqual(bytes)
    expect(readFileSync(join(outside, "file"), "utf8")).toBe("somebody else's")
  })

  test.each(["", "tile", "tile/0"])("a link in the place of a directory: <log>/%s", async (name) => {
    const log = join(dir, "p000")
    const at = join(log, name)
    mkdirSync(join(at, ".."), { recursive: true })
    symlinkSync(outside, at)
    const files = [{ path: "tile/0/000.p/1", bytes }]
    await expect(writeAllDurable(log, files)).rejects.toThrow(LinkedFileError)
    expect(readdirSync(outside)).toEqual([])
  })

  test("a tile that is a link is not read", async () => {
    mkdirSync(join(dir, "tile", "0"), { recursive: true })
    writeFileSync(join(outside, "file"), bytes)
    symlinkSync(join(outside, "file"), join(dir, "tile", "0", "000"))
    await expect(directoryTiles(dir).read({ level: 0, index: 0, width: 256 })).rejects.toThrow(LinkedFileError)
    expect(existsSync(join(outside, "file"))).toBe(true)
  })
})
