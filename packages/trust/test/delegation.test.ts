import { describe, expect, it } from "vitest"
import {
  type Delegation,
  delegatedId,
  delegateIn,
  delegateOf,
  delegationOf,
  isDelegated,
  isDelegateName,
  itemKey,
  knowledgeOf,
  signerOf,
} from "../src/index.ts"

const GATEWAY = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"

describe("the name of a delegated device", () => {
  it.each(["urn:dev:mac:0024befffe804ff1", "meter-1", "a", "A.b_c:d-9", "x".repeat(128)])("may be %s", (name) => {
    expect(isDelegateName(name)).toBe(true)
    const id = delegatedId(GATEWAY, name)
    expect([isDelegated(id), signerOf(id), delegateOf(id)]).toEqual([true, GATEWAY, name])
  })

  it.each(["", "x".repeat(129), "a/b", "a b", "a%2Fb", "-a", "a:", "..", "a#b", "a?b", "é", 7, null])(
    "is not %s",
    (name) => expect(isDelegateName(name)).toBe(false),
  )

  it("is none of a device that signs for itself, nor of anything that is no device", () => {
    for (const own of [GATEWAY, "did:jwk:eyJrdHkiOiJPS1AifQ", "acme/pump", "hardware/acme/7"])
      expect([isDelegated(own), signerOf(own), delegateOf(own)]).toEqual([false, own, null])
  })
})

describe("a delegation in force", () => {
  const body: Delegation = {
    version: 1,
    issued: 0,
    expires: 10,
    gateway: GATEWAY,
    devices: [{ name: "meter-1", vendor: "acme", class: "meter" }],
  }
  const active = { hash: "a".repeat(64), version: 1, expires: 10, body }
  const knowledge = knowledgeOf(new Map([[itemKey("delegation", GATEWAY), active]]))

  it("is found by its gateway, and names its devices and no others", () => {
    expect(delegationOf(knowledge, GATEWAY)).toBe(active)
    expect(delegationOf(knowledge, "did:key:zOther")).toBeNull()
    expect(delegateIn(active, "meter-1")).toBe(body.devices[0])
    expect(delegateIn(active, "meter-2")).toBeUndefined()
  })
})
