import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { newErasure, openErasure, tombstoneOf } from "../../src/authority/erasure.ts"
import { splitOpening } from "../../src/authority/opening.ts"

const DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
const PSEUDONYM = "0123456789abcdef0123456789abcdef"

describe("the opening of an erasure", () => {
  it("tells the device and is bound to its target; the target tells nothing of it", () => {
    const { target, opening } = newErasure(DID, PSEUDONYM)
    expect(openErasure(target, opening)).toMatchObject({ device: DID })
    expect(target).toContain(PSEUDONYM)
    expect(newErasure(DID, PSEUDONYM).target).not.toBe(target)
    expect(splitOpening(["e30.e30.AA", opening])).toEqual({ tokens: ["e30.e30.AA"], openings: [opening] })
  })

  it("is null for any other text, and for that of another target", () => {
    const { target, opening } = newErasure(DID, PSEUDONYM)
    expect(openErasure(newErasure(DID, PSEUDONYM).target, opening)).toBeNull()
    expect(openErasure(target, newErasure("not a did", PSEUDONYM).opening)).toBeNull()
    fc.assert(
      fc.property(fc.nat(opening.length - 1), fc.constantFrom("A", "b", "9", "_", "=", "~", " "), (at, character) => {
        const changed = opening.slice(0, at) + character + opening.slice(at + 1)
        fc.pre(changed !== opening)
        expect(openErasure(target, changed)).toBeNull()
      }),
    )
  })

  it("names erased devices by a keyed hash, under a key that is no DID", () => {
    const [one, other] = [Buffer.alloc(32, 1).toString("base64"), Buffer.alloc(32, 2).toString("base64")]
    expect(tombstoneOf(one, DID)).toBe(tombstoneOf(one, DID))
    expect(tombstoneOf(one, DID)).not.toBe(tombstoneOf(other, DID))
    expect(tombstoneOf(one, DID)).toMatch(/^erased\//)
    expect(tombstoneOf(one, DID)).not.toContain(DID)
  })
})
