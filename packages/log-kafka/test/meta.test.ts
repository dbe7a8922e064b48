/** The cell that says what a log is: what this version wrote, what 0.1 wrote, and garbage. */
import { LogSetupError } from "@assay/log"
import { describe, expect, it } from "vitest"
import { decodeMeta, encodeMeta } from "../src/log/meta.ts"

const META = { epoch: 3, genesis: 1_700_000_000_000, partitions: 4 }
const refusal = (cell: string): unknown => {
  try {
    return decodeMeta(Buffer.from(cell))
  } catch (cause) {
    return cause
  }
}

describe("what a log is", () => {
  it("is read as it was written, and is nothing where no log has begun", () => {
    expect(decodeMeta(encodeMeta(META))).toEqual(META)
    expect(decodeMeta(null)).toBeNull()
  })

  it("is refused where 0.1 wrote it, with what to do", () => {
    const found = refusal(JSON.stringify({ v: 1, ...META }))
    expect(found).toBeInstanceOf(LogSetupError)
    expect((found as Error).message).toMatch(/written by Assay 0\.1.*read them with 0\.1.*ASSAY_STREAM_PREFIX/)
  })

  it.each([
    ["a later version", JSON.stringify({ v: 3, ...META })],
    ["no epoch", JSON.stringify({ v: 2, genesis: 1, partitions: 4 })],
    ["no partitions", JSON.stringify({ v: 2, ...META, partitions: 0 })],
    ["no JSON", "{"],
    ["null", "null"],
  ])("is refused with %s, which is shown", (_, cell) => {
    const found = refusal(cell)
    expect(found).toBeInstanceOf(LogSetupError)
    expect((found as Error).message).toContain("none of version 2")
    expect((found as Error).message).toContain(JSON.stringify(cell))
  })
})
