import { appendFileSync, existsSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { LineFile, OURS, THEIRS } from "../../src/sink/lines.ts"
import { testDir } from "../support.ts"

const opened = async (path: string): Promise<LineFile> => {
  const file = new LineFile(path, OURS)
  await file.open()
  return file
}

describe("a file of lines", () => {
  it("appends what it is given, in the order of the calls", async () => {
    const path = join(testDir(), "lines")
    const file = await opened(path)
    await Promise.all([file.append(Buffer.from("a\n")), file.append(Buffer.from("b\n")), file.flush(), file.flush()])
    await file.close()
    const again = await opened(path)
    await again.append(Buffer.from("c\n"))
    await again.close()
    expect(readFileSync(path, "utf8")).toBe("a\nb\nc\n")
  })

  it.each([
    ["whole\nhalf", "whole\n"],
    ["half", ""],
    [`whole\n${"x".repeat(200_000)}`, "whole\n"],
    ["whole\n", "whole\n"],
    ["", ""],
  ])("cuts off what a crash left of a line", async (left, kept) => {
    const path = join(testDir(), "lines")
    writeFileSync(path, left)
    const file = await opened(path)
    await file.append(Buffer.from("next\n"))
    await file.close()
    expect(readFileSync(path, "utf8")).toBe(`${kept}next\n`)
  })

  it("goes on in a file that somebody emptied to rotate it", async () => {
    const path = join(testDir(), "lines")
    const file = await opened(path)
    await file.append(Buffer.from("a\n"))
    truncateSync(path)
    await file.append(Buffer.from("b\n"))
    appendFileSync(path, "")
    await file.close()
    expect(readFileSync(path, "utf8")).toBe("b\n")
  })

  it("of ours is its owner's alone and no link; one that somebody named may be one", async () => {
    const dir = testDir()
    const [real, link] = [join(dir, "elsewhere"), join(dir, "lines")]
    symlinkSync(real, link)
    await expect(new LineFile(link, OURS).open()).rejects.toMatchObject({ code: "ELOOP" })
    expect(existsSync(real)).toBe(false)
    const theirs = new LineFile(link, THEIRS)
    await theirs.open()
    await theirs.close()
    expect(existsSync(real)).toBe(true)
    const path = join(dir, "ours")
    await (await opened(path)).close()
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it("says where it cannot be, and takes nothing before it is open", async () => {
    const file = new LineFile(join(testDir(), "no", "such", "directory"), OURS)
    await expect(file.open()).rejects.toMatchObject({ code: "ENOENT" })
    await expect(file.append(Buffer.from("a\n"))).rejects.toThrow("is not open")
  })
})
