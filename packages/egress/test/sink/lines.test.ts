import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { LineFile } from "../../src/sink/lines.ts"
import { testDir } from "../support.ts"

const opened = async (path: string): Promise<LineFile> => {
  const file = new LineFile(path)
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

  it("says where it cannot be, and takes nothing before it is open", async () => {
    const file = new LineFile(join(testDir(), "no", "such", "directory"))
    await expect(file.open()).rejects.toMatchObject({ code: "ENOENT" })
    await expect(file.append(Buffer.from("a\n"))).rejects.toThrow("is not open")
  })
})
