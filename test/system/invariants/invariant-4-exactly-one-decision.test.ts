/**
 * Invariant 4: exactly one original decision per message, also when the node is killed in the middle of its batches. Many more
 * kills are in invariant-4-many-kills.long.test.ts.
 */
import { describe, it } from "vitest"
import { expectOneDecisionAcross } from "./kills.ts"

const KILLS = { chained: 2, staged: 2 } as const

describe("invariant 4: exactly one decision per message", () => {
  for (const topology of ["chained", "staged"] as const)
    it.concurrent(
      `across ${KILLS[topology]} deaths by SIGKILL (${topology})`,
      () => expectOneDecisionAcross(KILLS[topology], topology),
      300_000,
    )
})
