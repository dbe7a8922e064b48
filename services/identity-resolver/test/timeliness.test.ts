import type { MessageClaims } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { DEFAULT_LIMITS, type IdentityLimits } from "../src/limits.ts"
import { beforeGenesis, isFromFuture, isStale, presentationUntimely } from "../src/timeliness.ts"

const limits: IdentityLimits = DEFAULT_LIMITS
const NOW = 1_760_000_000_000
const iatOf = (secondsAgo: number): number => NOW / 1000 - secondsAgo

describe("timeliness", () => {
  it("lets a clock be ahead by the skew, and no further", () => {
    expect(isFromFuture(limits, iatOf(-limits.futureSkew), NOW)).toBe(false)
    expect(isFromFuture(limits, iatOf(-limits.futureSkew - 1), NOW)).toBe(true)
  })

  it("takes nothing that is older than the log, but for the skew", () => {
    expect(beforeGenesis(limits, iatOf(limits.futureSkew), NOW)).toBeNull()
    expect(beforeGenesis(limits, iatOf(limits.futureSkew + 1), NOW)).toContain("where this log begins")
  })

  it("asks that a presentation is of this moment", () => {
    expect(presentationUntimely(limits, iatOf(limits.presentationFreshness), NOW)).toBeNull()
    expect(presentationUntimely(limits, iatOf(limits.presentationFreshness + 1), NOW)).toContain("must be at most")
    expect(presentationUntimely(limits, iatOf(-limits.futureSkew - 1), NOW)).toContain("must be at most")
  })

  it("has an age for each action", () => {
    for (const act of ["telemetry", "event", "command", "config", "firmware"] as const) {
      const at = (age: number) => ({ act, iat: iatOf(age) }) as MessageClaims
      expect(isStale(limits, at(limits.freshness[act]), NOW)).toBe(false)
      expect(isStale(limits, at(limits.freshness[act] + 1), NOW)).toBe(true)
    }
  })
})
