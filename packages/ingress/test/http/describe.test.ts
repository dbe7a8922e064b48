import type { AnyStage } from "@assay/trust"
import { expect, it } from "vitest"
import { describeState } from "../../src/http/describe.ts"

const STAGE = {} as AnyStage
const shown = (state: unknown): unknown => describeState(STAGE, state)

it("shows bytes by their number, in an array or in a string", () => {
  const memory = Buffer.from(Array.from({ length: 688 }, (_, i) => (i * 37) % 256)).toString("latin1")
  expect(shown({ head: 7, memory, digest: new Uint8Array(32) })).toEqual({
    head: 7,
    memory: "688 bytes",
    digest: "32 bytes",
  })
  expect(shown("\0".repeat(688))).toBe("688 bytes")
})

it("leaves what people can read as it is", () => {
  const state = {
    device: "did:key:z6Mk",
    reason: "Fühler ersetzt,\n\tsiehe Zettel",
    none: "",
    zones: ["field", "übrige"],
  }
  expect(shown(state)).toEqual(state)
})

it("shows maps and sets as objects and lists", () => {
  expect(shown({ seen: new Set([1, 2]), by: new Map([["a", 1]]), window: Float64Array.of(0.5) })).toEqual({
    seen: [1, 2],
    by: { a: 1 },
    window: [0.5],
  })
})
