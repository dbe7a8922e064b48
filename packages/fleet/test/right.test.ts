import { expect, it } from "vitest"
import { KINDS } from "../src/kinds/index.ts"
import { STILL_PUNISHED } from "../src/kinds/still-punished.ts"
import { wrongOf } from "../src/right.ts"

it("names each thing that is wrong by the kind's own words", () => {
  const kind = { right: { unverified: 0.1 } }
  const figures = { machines: 2, messages: 100 }
  expect(wrongOf(kind, { ...figures, unverified: 10, watches: 0, quarantines: 0, untrusted: 0 })).toEqual([])
  expect(wrongOf(kind, { ...figures, unverified: 11, watches: 3, quarantines: 1, untrusted: 2 })).toEqual([
    "quarantined 1 times",
    "watched 3 times",
    "11.0 % not verified, where 10 % may be",
    "2 of 2 not trusted at the end",
  ])
})

it("lists no kind as still punished that there is not", () => {
  const names = KINDS.map(({ name }) => name)
  for (const name of Object.keys(STILL_PUNISHED)) expect(names).toContain(name)
})
