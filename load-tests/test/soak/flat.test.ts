import { describe, expect, it } from "vitest"
import { flatOf } from "../../src/soak/flat.ts"
import { Ledger } from "../../src/soak/ledger.ts"

const BORNE = { share: 0.1, noise: 5 }

describe("flatOf", () => {
  it.each([
    ["what stays", [100, 100, 100, 100, 100, 100, 100, 100, 100], true],
    ["what rose while it warmed up", [10, 50, 90, 100, 101, 100, 99, 100, 102], true],
    ["what rises", [100, 120, 140, 160, 180, 200, 220, 240, 260], false],
    ["one peak", [100, 100, 100, 100, 100, 100, 900, 100, 100], true],
    ["what falls", [100, 100, 100, 100, 100, 100, 50, 50, 50], true],
    ["too little to say", [100, 100, 100], false],
  ])("%s", (_name, values, holds) => {
    expect(flatOf(values, BORNE).holds).toBe(holds)
  })
})

describe("the ledger", () => {
  const ledger = (): Ledger => new Ledger(2)
  const submitted = (of: Ledger, partition: number, offset: number): void =>
    of.acknowledge(of.attempt(partition), offset)

  it("finds nothing where each acknowledged place has one decision", () => {
    const one = ledger()
    for (let offset = 0; offset < 70_000; offset++) {
      submitted(one, offset % 2, offset)
      one.decide(offset % 2, offset)
    }
    expect([one.close(), one.found, one.acknowledged, one.decided]).toEqual([0, 0, 70_000, 70_000])
  })

  it("names what is lost, doubled and acknowledged twice, and counts what nobody acknowledged", () => {
    const one = ledger()
    submitted(one, 0, 1)
    submitted(one, 1, 70_000)
    submitted(one, 1, 70_000)
    one.decide(1, 70_000)
    one.decide(1, 70_000)
    one.decide(0, 9)
    expect(one.close()).toBe(1)
    expect(one.findings).toEqual([
      "submitted 1/70000 was acknowledged to two submissions",
      "submitted 1/70000 has two original decisions",
      "submitted 0/1 was acknowledged and has no decision",
    ])
  })
})
