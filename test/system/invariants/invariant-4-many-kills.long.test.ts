/** Invariant 4 with as many kills as it takes to hit each moment of a batch; a few are in every run of the tests. */
import { describe, it } from "vitest"
import { expectOneDecisionAcross } from "./kills.ts"

const KILLS = { chained: 25, staged: 12 } as const

describe("invariant 4: exactly one decision per message", () => {
  for (const topology of ["chained", "staged"] as const)
    it.concurrent(
      `across ${KILLS[topology]} deaths by SIGKILL (${topology})`,
      () => expectOneDecisionAcross(KILLS[topology], topology),
      300_000,
    )
})
