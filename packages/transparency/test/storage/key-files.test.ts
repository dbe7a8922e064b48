import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { createKeyFile, LinkedFileError, readKeyFile, writeKeyFile } from "../../src/storage/index.ts"

const fresh = (): string => {
  const dir = mkdtempSync(join(tmpdir(), "key-files-"))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

describe("files of keys", () => {
  test("are written with their mode, replaced whole, and read", () => {
    const path = join(fresh(), "a.vkey")
    writeKeyFile(path, "a longer first content\n", 0o600)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    writeKeyFile(path, "short\n", 0o600)
    expect(readKeyFile(path)).toBe("short\n")
    expect(() => createKeyFile(path, "x", 0o600)).toThrow("EEXIST")
  })

  test("a link in their place is neither read nor written through", () => {
    const dir = fresh()
    const [target, link] = [join(dir, "target"), join(dir, "link.vkey")]
    writeFileSync(target, "somebody else's")
    symlinkSync(target, link)
    expect(() => writeKeyFile(link, "ours\n", 0o600)).toThrow(LinkedFileError)
    expect(() => readKeyFile(link)).toThrow("is a symbolic link: put the file itself there")
    expect(() => createKeyFile(link, "ours\n", 0o600)).toThrow()
    expect(readFileSync(target, "utf8")).toBe("somebody else's")
    const dangling = join(dir, "dangling.vkey")
    symlinkSync(join(dir, "made-through-a-link"), dangling)
    expect(() => writeKeyFile(dangling, "ours\n", 0o600)).toThrow(LinkedFileError)
    mkdirSync(join(dir, "directory"))
    expect(() => readKeyFile(join(dir, "directory"))).toThrow("is not a small file")
  })
})
