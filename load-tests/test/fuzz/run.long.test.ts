import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { inputsOf } from "../../src/fuzz/input.ts"
import { runTargets } from "../../src/fuzz/run.ts"
import { targets } from "../../src/fuzz/targets/index.ts"
import * as planted from "./planted.ts"

const PLANTED = fileURLToPath(new URL("./planted.ts", import.meta.url))
const names = (all: ReadonlyArray<{ readonly name: string }>): ReadonlyArray<string> => all.map(({ name }) => name)

it("finds what is planted, and nothing else", async () => {
  const reports = await runTargets(PLANTED, names(planted.targets), { seed: "test", inputs: 60, heapMb: 48 })
  const found = new Map(reports.map(({ target, findings }) => [target, findings]))
  expect(found.get("sound")).toEqual([])
  expect(found.get("throws")?.[0]?.problem).toContain("RangeError: not ASCII")
  expect(found.get("refuses-its-seed")?.[0]).toMatchObject({ input: "seed 0", problem: "a valid input was refused" })
  // The process ended; the input is named, and the run went on.
  const hoards = found.get("hoards")![0]!
  expect(hoards.problem).toContain("memory")
  expect(Buffer.from(hoards.bytes, "base64").length % 7).toBe(3)
  expect(reports.map(({ target }) => target)).toEqual(names(planted.targets))
})

it("is the same again from the same seed", () => {
  const inputs = (seed: string) => Array.from({ length: 50 }, (_, n) => inputsOf(planted.targets[0]!, seed)(n).bytes)
  expect(inputs("a")).toEqual(inputs("a"))
  expect(inputs("a")).not.toEqual(inputs("b"))
})

it("cuts mutations of a target whose parser is slow, and no seed", () => {
  const sound = planted.targets[0]!
  const [seed] = sound.seeds()
  const inputs = Array.from({ length: 50 }, (_, n) => inputsOf({ ...sound, maxBytes: 3 }, "a")(n))
  expect(inputs[0]!.bytes).toEqual(seed)
  expect(inputs.filter(({ isSeed }) => !isSeed).every(({ bytes }) => bytes.length <= 3)).toBe(true)
})

it("every target has a valid input to start from", () => {
  expect(targets.filter((target) => target.seeds().length === 0).map(({ name }) => name)).toEqual([])
})
