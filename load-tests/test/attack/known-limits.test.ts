import { readFileSync } from "node:fs"
import { consequenceOf } from "@assay/detection"
import { reasonInfo } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { KNOWN_LIMITS, limitFor } from "../../src/attack/known-limits.ts"

const PAGE = readFileSync(new URL("../../../SECURITY.md", import.meta.url), "utf8")
const carriers = /^- \*\*Carriers\.\*\* .*$/m.exec(PAGE)?.[0] ?? ""

describe("the known limits", () => {
  it("are those that SECURITY.md names, and no others", () => {
    const named = new Set(
      [...carriers.matchAll(/`((?:anomaly|credential|identity|integrity)\.\w+)`/g)].map(([, code]) => code),
    )
    expect([...named].sort()).toEqual([...new Set(KNOWN_LIMITS.map(({ code }) => code))].sort())
  })

  it.each(KNOWN_LIMITS)(
    "are of reasons that charge a device, and never of repetition alone: $code",
    ({ code, by, why }) => {
      const { attribution, weight } = reasonInfo(code)
      expect(attribution).toBe("device")
      // anomaly.stale costs nothing, and ends trust.
      expect(weight > 0 || consequenceOf(code) !== "message" || code === "anomaly.stale").toBe(true)
      expect(by).not.toContain("repeated")
      expect(why).not.toBe("")
    },
  )

  it("explain what was done to the device, and nothing else", () => {
    const only = [{ code: "integrity.chain_gap", by: ["reordered"], kinds: ["reboots"], why: "" }] as const
    expect(limitFor(only, "integrity.chain_gap", new Set(["reordered"]), "reboots")).toBe(only[0])
    expect(limitFor(only, "integrity.chain_gap", new Set(["repeated", "dropped"]), "reboots")).toBeNull()
    expect(limitFor(only, "integrity.chain_gap", new Set(["reordered"]), "steady")).toBeNull()
    expect(limitFor(only, "anomaly.rate", new Set(["reordered"]), "reboots")).toBeNull()
  })
})
