/** What ACME CSE sent (captured), and what a CSE must not send. */
import { describe, expect, it } from "vitest"
import { readNotifications } from "../../src/onem2m/notification.ts"

const CREATED = {
  nev: {
    net: 3,
    rep: {
      "m2m:cin": {
        con: "A",
        cs: 1,
        pi: "cntcIAwqFy3Yx",
        ri: "cinRl15B2BPRb",
        rn: "cin_2Ymf6WFwsq",
        ty: 4,
        ct: "20261123T080938,705004",
        lt: "20261123T080938,705004",
        et: "20311122T080938,660010",
        st: 2,
      },
    },
  },
  sur: "/id-in/sub8rWaMsZgoQ",
}

describe("a notification", () => {
  it("asks whether it is wanted", () => {
    const content = { "m2m:sgn": { vrq: true, sur: "/id-in/sub8rWaMsZgoQ", cr: "CdevGW" } }
    expect(readNotifications(content)).toEqual([
      { subscriptionId: "sub8rWaMsZgoQ", verifies: true, ended: false, creator: "CdevGW", event: null },
    ])
  })

  it("tells of an instance", () => {
    expect(readNotifications({ "m2m:sgn": CREATED })).toEqual([
      {
        subscriptionId: "sub8rWaMsZgoQ",
        verifies: false,
        ended: false,
        creator: null,
        event: {
          kind: "created",
          instance: {
            resourceId: "cinRl15B2BPRb",
            parentId: "cntcIAwqFy3Yx",
            stateTag: 2,
            createdAt: "20261123T080938,705004",
            creator: null,
            content: "A",
            contentInfo: null,
          },
        },
      },
    ])
  })

  it("tells of many at once", () => {
    const read = readNotifications({ "m2m:agn": { "m2m:sgn": [CREATED, CREATED] } })
    expect(read).toHaveLength(2)
  })

  it.each<[string, unknown, unknown]>([
    ["the end of its subscription", { sud: true, sur: "s" }, { ended: true, event: null }],
    ["an update", { nev: { net: 1, rep: { "m2m:cnt": {} } }, sur: "s" }, { event: { kind: "updated" } }],
    ["a deletion", { nev: { net: 2 }, sur: "s" }, { event: { kind: "deleted" } }],
    ["an address alone", { nev: { net: 3, rep: { "m2m:uri": "x" } }, sur: "s" }, { event: { kind: "hint" } }],
  ])("tells of %s", (_, content, expected) => {
    expect(readNotifications({ "m2m:sgn": content })).toMatchObject([expected as object])
  })

  it.each<[string, unknown]>([
    ["nothing", null],
    ["a text", "m2m:sgn"],
    ["another object", { "m2m:cin": {} }],
    ["no subscription", { "m2m:sgn": { ...CREATED, sur: undefined } }],
    ["no event", { "m2m:sgn": { sur: "s" } }],
    ["an instance without id", { "m2m:sgn": { sur: "s", nev: { net: 3, rep: { "m2m:cin": { pi: "c", con: "A" } } } } }],
    ["none in many", { "m2m:agn": { "m2m:sgn": [] } }],
    ["too many", { "m2m:agn": { "m2m:sgn": Array.from({ length: 1_001 }, () => CREATED) } }],
    ["one that is none among many", { "m2m:agn": { "m2m:sgn": [CREATED, 1] } }],
  ])("with %s is refused whole, with a sentence", (_, content) => {
    expect(readNotifications(content)).toEqual(expect.any(String))
  })
})
