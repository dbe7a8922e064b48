import { readdirSync } from "node:fs"
import { describe, expect, it } from "vitest"
import type { Emission, Kind } from "../../src/kind.ts"
import { KINDS } from "../../src/kinds/index.ts"
import { randomOf } from "../../src/random.ts"

/** A Monday. */
const START = Date.UTC(2026, 0, 5)
const DAY = 86_400_000
const HELPERS = ["index.ts", "room.ts", "still-punished.ts", "time.ts"]
const MOST = 3_000

const upTo = (kind: Kind, seed: string, most = MOST): ReadonlyArray<Emission> => {
  const said: Array<Emission> = []
  for (const emission of kind.emit(randomOf(seed), START)) {
    if (emission.at >= START + kind.days * DAY || said.length === most) break
    said.push(emission)
  }
  return said
}

it("has at least 25 kinds, each in a file that bears its name", () => {
  const files = readdirSync(new URL("../../src/kinds", import.meta.url)).filter((file) => !HELPERS.includes(file))
  expect(KINDS.length).toBeGreaterThanOrEqual(25)
  expect(KINDS.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort())
})

describe.each(KINDS.map((kind) => [kind.name, kind] as const))("%s", (_name, kind) => {
  const said = upTo(kind, "one")

  it("says the same for the same seed, and something else for another", () => {
    const text = JSON.stringify(said)
    expect(JSON.stringify(upTo(kind, "one")) === text).toBe(true)
    // A clean wave has nothing that a seed could change.
    expect(JSON.stringify(upTo(kind, "two")) === text).toBe(kind.name === "daily-sine")
  })

  it("speaks in the order of time, of measurements that it declares, as often as it says", () => {
    const odd = said.filter(
      ({ at, values, arrives = at }, nth) =>
        at < (said[nth - 1]?.at ?? START) ||
        arrives < at ||
        Object.entries(values).some(
          ([name, value]) => !(name in kind.units) || !(typeof value === "boolean" || Number.isFinite(value)),
        ),
    )
    expect(odd).toEqual([])
    expect(said.length).toBeGreaterThan(20)
    if (said.length === MOST) return
    const heard = said.filter(({ lost }) => lost !== true).length
    expect(heard / kind.days / kind.perDay).toBeGreaterThan(0.7)
    expect(heard / kind.days / kind.perDay).toBeLessThan(1.6)
  })

  it("shows within its days all that it is about", () => {
    if (kind.isAboutValues || kind.credentialAhead !== undefined) return
    const all = upTo(kind, "one", 20_000)
    const isMarked = ({ arrives, iat, lost, boots, firmware, at }: Emission): boolean =>
      lost === true ||
      boots !== undefined ||
      firmware === "current" ||
      (arrives !== undefined && arrives > at) ||
      (iat !== undefined && iat !== Math.floor(at / 1000))
    expect(all.filter(isMarked).length).toBeGreaterThan(0)
  })
})
