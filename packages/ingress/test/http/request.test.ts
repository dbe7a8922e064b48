import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RequestError, readLines } from "../../src/http/request.ts"

async function* sent(chunks: ReadonlyArray<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks
}

const linesOf = async (chunks: ReadonlyArray<Buffer>, maxLine: number): Promise<ReadonlyArray<string>> => {
  const lines: Array<string> = []
  for await (const line of readLines(sent(chunks), maxLine)) lines.push(line.toString("latin1"))
  return lines
}

describe("readLines", () => {
  it("finds the same lines however the body is cut", async () => {
    const piece = fc.constantFrom("", "a", "bc", "\n", "\r\n", "def\n", "\n\n", "g\r")
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        const whole = pieces.join("")
        const expected = whole
          .split("\n")
          .map((line) => line.replace(/\r$/, ""))
          .filter((line) => line !== "")
        expect(
          await linesOf(
            pieces.map((text) => Buffer.from(text)),
            1_000,
          ),
        ).toEqual(expected)
      }),
    )
  })

  it("reads a long line that comes byte by byte", async () => {
    const copied = 1 << 18
    const line = Array.from({ length: copied }, () => Buffer.from("x"))
    expect((await linesOf([...line, Buffer.from("\n")], copied))[0]).toHaveLength(copied)
  }, 20_000)

  it("refuses a line that is too long before all of it has come", async () => {
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (;;) yield Buffer.alloc(100, 0x61)
    }
    const read = async (): Promise<void> => {
      for await (const line of readLines(endless(), 1_000)) expect(line).toHaveLength(0)
    }
    await expect(read()).rejects.toThrow(RequestError)
    await expect(linesOf([Buffer.from(`${"a".repeat(1_001)}\n`)], 1_000)).rejects.toThrow("longer than 1000")
  })
})
