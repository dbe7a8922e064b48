import { expect, it } from "vitest"
import { phasesOf, type Seen } from "../../src/alerts/phases.ts"
import { joined } from "../../src/alerts/tape.ts"

const ALERT = "AssayAnchorUnwitnessed"
const at = (seconds: number) => joined([new Map([["x_total{}", seconds]])], seconds)
const seen = (...during: ReadonlyArray<number>): Seen => ({
  ...{ first: at(0), before: at(10), during: during.map(at), after: at(90), later: at(95) },
})

it("what was seen stays, and what it grows to is stretched over the minutes before", () => {
  const { quiet, caused, mended } = phasesOf({}, ALERT, seen(20, 30))
  expect(quiet).toEqual({ minutes: 30, from: at(10) })
  expect(caused).toEqual([
    { minutes: 10, from: at(10), to: at(20) },
    { minutes: 20, from: at(20), moments: [at(20), at(30)] },
    { minutes: 20, from: at(30) },
  ])
  expect(mended).toEqual({ minutes: 60, from: at(90) })
})

it("what goes on does so at the pace to the one snapshot, or after it has come about at that between two", () => {
  expect(phasesOf({ goesOn: true }, ALERT, seen(20)).caused).toEqual([
    { minutes: 10, from: at(10), to: at(20), goesOn: true },
  ])
  const spans = { [ALERT]: { before: 1_500, growing: 5, lasting: 70, after: 90, paced: true } } as const
  const { quiet, caused, mended } = phasesOf({ goesOn: true, spans }, ALERT, seen(20, 30))
  expect(quiet).toEqual({ minutes: 1_500, from: at(0), to: at(10) })
  expect(caused).toEqual([
    { minutes: 5, from: at(10), to: at(20) },
    { minutes: 70, from: at(20), to: at(30), goesOn: true, moments: [at(20), at(30)] },
  ])
  expect(mended).toEqual({ minutes: 90, from: at(90), to: at(95), goesOn: true })
})
