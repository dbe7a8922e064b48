import { describe, expect, test } from "vitest"
import { judgeIntegrity } from "../src/judge.ts"
import type { IntegrityState } from "../src/state.ts"
import { chainOf, digestOf, entryOf, type Link, PASS, viewOf } from "./device.ts"

const CONTESTED = { ...PASS, outcome: "warn", reasons: ["identity.contested"] } as const

/** What a device's messages come to, one after the other; those that are `contested` as identity-resolver finds. */
const judgeAll = (links: ReadonlyArray<readonly [link: Link, contested: boolean]>) => {
  let state: IntegrityState | undefined
  const found = links.map(([link, contested]) => {
    const verdicts = {
      identity: contested ? CONTESTED : PASS,
      credential: PASS,
      integrity: null,
      segmentation: null,
      anomaly: null,
    }
    const judged = judgeIntegrity(entryOf({ ...link }, undefined, { verdicts }), state, viewOf())
    state = judged.state ?? state
    return judged.verdict.reasons.map((code) => code.replace("integrity.", "")).join(",")
  })
  return { found, state: state! }
}

describe("the chain aside", () => {
  const links = chainOf([60])
  const own = (from: number, to: number) => links.slice(from, to).map((link) => [link, false] as const)

  test("holds what is contested, far ahead or in another epoch, and the device's own chain goes on beside it", () => {
    const other = [0, 1, 2].map((n) => ({
      epo: 7,
      seq: 100 + n,
      prv: n === 0 ? digestOf("unknown") : digestOf(`copy ${n - 1}`),
      digest: digestOf(`copy ${n}`),
    }))
    const mixed = own(5, 8).flatMap((one, n) => [[other[n]!, true] as const, one])
    const { found } = judgeAll([...own(0, 5), ...mixed])
    expect(found).toEqual(["", "", "", "", "", "chain_pending", "", "", "", "", ""])
  })

  test("becomes the device's where identity-resolver counts it: a gap, said once", () => {
    const { found } = judgeAll([
      ...own(0, 3),
      [links[30]!, true],
      [links[31]!, true],
      [links[32]!, false],
      [links[33]!, false],
    ])
    expect(found.slice(3)).toEqual(["chain_pending", "", "chain_gap", ""])
  })

  test("is no gap where what was missing came", () => {
    const { found } = judgeAll([...own(0, 3), [links[4]!, true], [links[3]!, false], ...own(5, 8)])
    expect(found).toEqual(["", "", "", "chain_pending", "", "", "", ""])
  })

  test("gives way to the chain before it, if that one goes on", () => {
    const { found } = judgeAll([
      ...own(0, 3),
      [links[30]!, true],
      [links[31]!, false],
      [links[3]!, false],
      [links[4]!, false],
      [links[32]!, true],
    ])
    expect(found.slice(3)).toEqual(["chain_pending", "chain_gap", "chain_gap", "", ""])
  })
})
