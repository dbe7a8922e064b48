/** Who may sign an erasure: two operators with the right, or a threshold of the roots. Never some of both. */
import { encodeDidJwk, publicKeyOf } from "@assay/did"
import { signClaims } from "@assay/jose"
import { type Actor, actor, bundleOf } from "@assay/testkit/actors"
import type { ReasonCode, RootSet, Verb } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { CONTROL_TYP, openCommand } from "../../src/authority/command.ts"
import { newErasure } from "../../src/authority/erasure.ts"

const [r1, r2, r3, one, two, without] = [actor(), actor("ES256"), actor(), actor(), actor("ES256"), actor()]
const TIME = 1_000_000
const LOG = { epoch: 1, genesis: 900_000 }
const rights: ReadonlyArray<Verb> = ["quarantine", "erase"]
const bundle = bundleOf(actor(), {
  operators: [
    { did: one.did, rights },
    { did: two.did, rights },
    { did: without.did, rights: ["quarantine"] },
  ],
})
const { target, opening } = newErasure(actor().did, "0123456789abcdef0123456789abcdef")
const sign = (who: Actor, iss = who.did): string =>
  signClaims(
    {
      iss,
      aud: bundle.trustDomain,
      log: "assay-log:1:900000",
      iat: 990,
      exp: 1100,
      seq: 7,
      target,
      verb: "erase",
      reason: "asked",
    },
    who.key,
    { kid: who.kid, typ: CONTROL_TYP },
  ).toString()
const roots = (threshold: number): RootSet => ({ roots: [r1.did, r2.did, r3.did], threshold })
const reasonsOf = (signers: ReadonlyArray<Actor>, threshold: number): ReadonlyArray<ReasonCode> => {
  const { fact } = openCommand([...signers.map((who) => sign(who)), opening], bundle, TIME, LOG, roots(threshold))
  expect(fact.accepted).toBe(fact.reasons.length === 0)
  return fact.reasons
}

describe("an erasure", () => {
  it.each<[string, ReadonlyArray<Actor>, number]>([
    ["two operators with the right", [one, two], 3],
    ["a threshold of 2 roots", [r1, r2], 2],
    ["a threshold of 3 roots", [r1, r2, r3], 3],
    ["a threshold of 1 root", [r1], 1],
    ["more roots than the threshold", [r1, r2, r3], 2],
  ])("is signed by %s", (_, signers, threshold) => {
    expect(reasonsOf(signers, threshold)).toEqual([])
  })

  it.each<[string, ReadonlyArray<Actor>, number]>([
    ["two of three needed roots", [r1, r2], 3],
    ["one of two needed roots", [r1], 2],
    ["one root twice", [r1, r1], 2],
    ["one operator", [one], 2],
    ["one operator twice", [one, one], 2],
    ["an operator and a root below the threshold", [one, r1], 2],
    ["an operator and two roots below the threshold", [one, r1, r2], 3],
    ["an operator and a full threshold of roots", [one, r1, r2], 2],
    ["two operators and a root", [one, two, r1], 3],
  ])("is not signed by %s", (_, signers, threshold) => {
    expect(reasonsOf(signers, threshold)).toEqual(["control.threshold"])
  })

  it("is not signed by an operator without the right, whoever signs besides", () => {
    expect(reasonsOf([one, without], 2)).toEqual(["control.right_missing"])
    expect(reasonsOf([r1, r2, without], 2)).toContain("control.right_missing")
  })

  it("counts one key under its two names once", () => {
    const other = encodeDidJwk(publicKeyOf(two.key))
    const named = bundleOf(actor(), {
      operators: [
        { did: other, rights },
        { did: two.did, rights },
      ],
    })
    const { fact } = openCommand(
      [sign(two), sign({ ...two, did: other, kid: `${other}#0` }), opening],
      named,
      TIME,
      LOG,
      roots(2),
    )
    expect(fact.reasons).toEqual(["control.threshold"])
  })
})
