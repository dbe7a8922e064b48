import { describe, expect, it } from "vitest"
import { countLink, isUnlinked, UNLINKED } from "../src/links.ts"
import { newDevice } from "./device.ts"

const trusted = () => {
  const device = newDevice(0)
  device.trust = "trusted"
  return device
}
const HOUR = UNLINKED.ms

describe("a device of which nothing links any more", () => {
  it("is not what it was trusted for, after so many messages and so long", () => {
    const device = trusted()
    for (let n = 0; n < UNLINKED.messages; n++) {
      expect(isUnlinked(device, 2 * HOUR)).toBe(false)
      countLink(device, "none")
    }
    expect(isUnlinked(device, HOUR - 1)).toBe(false)
    expect(isUnlinked(device, HOUR)).toBe(true)
  })

  it.each(["learning", "watched", "probation", "quarantined", "revoked", "stale"] as const)(
    "and that is %s already stays as it is",
    (trust) => {
      const device = trusted()
      device.trust = trust
      for (let n = 0; n < 300; n++) countLink(device, "none")
      expect(isUnlinked(device, 2 * HOUR)).toBe(false)
    },
  )

  it("begins anew with each message that links; one that follows a contested one counts as neither", () => {
    const device = trusted()
    for (let n = 0; n < 300; n++) countLink(device, n % 60 === 59 ? "held" : "none")
    expect(isUnlinked(device, 2 * HOUR)).toBe(false)
    for (let n = 0; n < 300; n++) countLink(device, n === 0 ? "held" : "aside")
    expect(device.unlinked).toBe(0)
  })
})
