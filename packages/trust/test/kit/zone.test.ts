import { expect, it } from "vitest"
import { verdictOf, zoneOf } from "../../src/kit/index.ts"

const withDetail = (detail: string | null) => ({
  verdicts: {
    identity: null,
    credential: null,
    integrity: null,
    segmentation: verdictOf(1, { reasons: [], assurance: "none", detail }),
    anomaly: null,
  },
})

it.each([
  ['{"policy":3,"conduit":"c","from":"press","to":"historian"}', "press"],
  ['{"from":null}', null],
  ['{"zone":"press"}', null],
  ["null", null],
  ["no JSON", null],
  [null, null],
])("%j names the zone %j, also when it is asked again", (detail, zone) => {
  expect(zoneOf(withDetail(detail))).toBe(zone)
  expect(zoneOf(withDetail(detail))).toBe(zone)
})

it("is null for a message that segmentation has not judged", () => {
  expect(zoneOf({ verdicts: { ...withDetail(null).verdicts, segmentation: null } })).toBeNull()
})

it("forgets details and reads them again, however many there are", () => {
  for (let n = 0; n < 3_000; n++) expect(zoneOf(withDetail(`{"from":"z${n}"}`))).toBe(`z${n}`)
  expect(zoneOf(withDetail('{"from":"z0"}'))).toBe("z0")
})
