import { expect, it } from "vitest"
import { MAX_REJUDGED, newRejudgement, openRejudgement } from "../../src/authority/rejudgement.ts"

const HOME = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
const REASON = "segmentation.no_conduit"
const made = { home: HOME, records: [Buffer.from("one"), Buffer.from("two")], restore: [HOME] }

it("is bound to its target, which names the reason and no message", () => {
  const { target, opening } = newRejudgement(REASON, made)
  expect(openRejudgement(target, opening)).toEqual({ reason: REASON, ...made, credentials: [] })
  const shown = { ...made, credentials: ["a.b.c"] }
  const third = newRejudgement(REASON, shown)
  expect(openRejudgement(third.target, third.opening)).toEqual({ reason: REASON, ...shown })
  const odd = newRejudgement(REASON, { ...made, credentials: ["no token"] })
  expect(openRejudgement(odd.target, odd.opening)).toBeNull()
  expect(target).not.toContain(HOME)
  const other = newRejudgement(REASON, { ...made, restore: [] })
  expect(openRejudgement(other.target, opening)).toBeNull()
  expect(openRejudgement(target.replace("no_conduit", "NO CONDUIT"), opening)).toBeNull()
})

it("is bounded, and read strictly", () => {
  const records = Array.from({ length: MAX_REJUDGED + 1 }, () => Buffer.from("x"))
  const many = newRejudgement(REASON, { ...made, records })
  expect(openRejudgement(many.target, many.opening)).toBeNull()
  expect(() => newRejudgement(REASON, { ...made, records: [Buffer.alloc(200_000)] })).toThrow(RangeError)
  const stranger = newRejudgement(REASON, { ...made, home: "no did" })
  expect(openRejudgement(stranger.target, stranger.opening)).toBeNull()
})
