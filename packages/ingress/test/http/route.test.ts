import { describe, expect, it } from "vitest"
import { matchersOf, type Route } from "../../src/http/route.ts"

const route = (path: string, method: Route["method"] = "GET"): Route => ({
  method,
  path,
  right: null,
  handle: () => ({ status: 200, body: {} }),
})
const matches = (path: string, asked: string): ReadonlyArray<string> | null =>
  matchersOf([route(path)])[0]!
    .pattern.exec(asked)
    ?.slice(1) ?? null

describe("a route's path", () => {
  it("is matched as a whole, and gives its named parts", () => {
    expect(matches("/v1/devices/{did}", "/v1/devices/did:key:z6")).toEqual(["did:key:z6"])
    expect(matches("/v1/{a}/x/{b}", "/v1/1/x/2")).toEqual(["1", "2"])
    for (const other of ["/v1/devices/", "/v1/devices/a/b", "/x/v1/devices/a", "/v1/devices/a/"])
      expect(matches("/v1/devices/{did}", other)).toBeNull()
  })

  it("means its characters, not a pattern", () => {
    expect(matches("/a.b", "/a.b")).toEqual([])
    expect(matches("/a.b", "/axb")).toBeNull()
  })

  it.each([
    ["/x", "/x"],
    ["/v1/devices/{did}", "/v1/devices/{id}"],
    ["/v1/devices/{did}", "/v1/devices/all"],
    ["/{a}/x", "/y/{b}"],
  ])("%s and %s would answer the same calls, so only one of them can be there", (one, other) => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ])
      expect(() => matchersOf([route(first!), route("/else"), route(second!)])).toThrow(
        `two routes answer the same calls: GET ${second} and ${first}`,
      )
    expect(() => matchersOf([route(one), route(other, "POST")])).not.toThrow()
  })

  it.each([
    ["/x", "/x/"],
    ["/v1/devices/{did}", "/v1/devices"],
    ["/v1/{a}/x", "/v1/{a}/y"],
  ])("%s and %s are two", (one, other) => {
    expect(() => matchersOf([route(one), route(other)])).not.toThrow()
  })
})
