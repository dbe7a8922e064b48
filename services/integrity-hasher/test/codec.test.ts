import { readFileSync } from "node:fs"
import { DamagedState } from "@assay/layout"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type IntegrityState, LAYOUT } from "../src/state.ts"
import { after, chainOf, digestOf } from "./device.ts"

/** Written by version 8 of the layout; must never change. */
const GOLDEN = readFileSync(new URL("./golden/state.v8.bin", import.meta.url))

const CHAIN = ["epo", "base", "head", "oldEpo", "oldBase", "oldHead", "oldLast", "seen", "known", "held"] as const
const FIRMWARE = ["svn", "risingSvn", "risingCount", "risingSince", "model", "resyncUntil"] as const
const CLAIMS = ["passed", "counted", "refused"] as const

const APPRAISED = [
  "format",
  "challengedAt",
  "clock",
  "resets",
  "restarts",
  "epo",
  "until",
  "status",
  "passed",
  "boundFrom",
] as const
type Appraised = Pick<Row, (typeof APPRAISED)[number]> & {
  readonly [Name in "key" | "stamp" | "claim"]: Uint8Array
} & { readonly measured: ReadonlyArray<{ readonly slot: number; readonly digest: Uint8Array }> }
type Row = ReturnType<IntegrityState["appraised"]["at"]>

type Chain = Pick<IntegrityState, (typeof CHAIN)[number]> & { readonly digests: ReadonlyArray<string> }
type Plain = Chain &
  Pick<IntegrityState, (typeof FIRMWARE)[number] | (typeof CLAIMS)[number]> & {
    readonly aside: ReadonlyArray<Chain>
    readonly appraised: ReadonlyArray<Appraised>
  }

const stateOf = ({ digests, aside, appraised, ...scalars }: Plain): IntegrityState => {
  const draft = LAYOUT.draft()
  Object.assign(draft, scalars)
  for (const one of digests) draft.digests.push(one)
  for (const { digests: its, ...chain } of aside) {
    Object.assign(draft.aside.push(), chain)
    for (const one of its) draft.aside.at(0).digests.push(one)
  }
  for (const { measured, ...row } of appraised) {
    Object.assign(draft.appraised.push(), row)
    for (const one of measured) Object.assign(draft.appraised.at(0).measured.push(), one)
  }
  return LAYOUT.seal(draft)
}

const pick = <Of extends object, Name extends keyof Of>(of: Of, names: ReadonlyArray<Name>) =>
  Object.fromEntries(names.map((name) => [name, of[name]])) as Pick<Of, Name>

const plainOf = (state: IntegrityState): Plain => ({
  ...pick(state, [...CHAIN, ...FIRMWARE]),
  passed: Uint8Array.from(state.passed),
  counted: Uint8Array.from(state.counted),
  refused: Uint8Array.from(state.refused),
  digests: [...state.digests],
  aside: [...state.aside].map((one) => ({ ...pick(one, CHAIN), digests: [...one.digests] })),
  appraised: [...state.appraised].map((one) => ({
    ...pick(one, APPRAISED),
    key: Uint8Array.from(one.key),
    stamp: Uint8Array.from(one.stamp),
    claim: Uint8Array.from(one.claim),
    measured: [...one.measured].map(({ slot, digest }) => ({ slot, digest: Uint8Array.from(digest) })),
  })),
})

const SAMPLE: Plain = {
  epo: 3,
  base: -7,
  head: 2 ** 40,
  oldEpo: 2,
  oldBase: 0,
  oldHead: 12,
  oldLast: 11,
  seen: 0b101,
  known: 0xffff,
  held: 0b11,
  digests: [digestOf("a"), digestOf("b")],
  svn: -1,
  risingSvn: 4,
  risingCount: 7,
  risingSince: 1_700_000_000_000,
  model: "acme/p\u00fcmp",
  aside: [
    {
      epo: 4,
      base: 0,
      head: 3,
      oldEpo: -1,
      oldBase: 0,
      oldHead: 0,
      oldLast: -1,
      seen: 0b1,
      known: 0b1,
      held: 0b11,
      digests: [digestOf("c"), digestOf("d")],
    },
  ],
  resyncUntil: 1_800_000_000_000,
  appraised: [
    {
      key: new Uint8Array(16).fill(4),
      format: "tpm2",
      challengedAt: 1_800_000_000_001,
      clock: 77_000,
      resets: 4,
      restarts: 1,
      epo: 3,
      until: 1_800_086_400_000,
      status: "affirming",
      passed: true,
      stamp: new Uint8Array(8).fill(5),
      claim: new Uint8Array(8).fill(6),
      boundFrom: 1_799_000_000_000,
      measured: [
        { slot: 4, digest: new Uint8Array(16).fill(7) },
        { slot: 255, digest: new Uint8Array(16).fill(8) },
      ],
    },
  ],
  passed: new Uint8Array(8).fill(1),
  counted: new Uint8Array(8).fill(2),
  refused: new Uint8Array(8).fill(3),
}

const place = fc.oneof(fc.constant(-1), fc.nat(), fc.maxSafeInteger())
const mask = fc.nat(0xffff)
const chain = {
  epo: place,
  base: place,
  head: place,
  oldEpo: place,
  oldBase: place,
  oldHead: place,
  oldLast: place,
  seen: mask,
  known: mask,
  held: mask,
  digests: fc.array(fc.string().map(digestOf), { maxLength: 16 }),
}
const state: fc.Arbitrary<Plain> = fc.record({
  ...chain,
  aside: fc.array(fc.record(chain), { maxLength: 1 }),
  resyncUntil: fc.nat({ max: 2 ** 48 - 1 }),
  appraised: fc.array(
    fc.record({
      key: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      format: fc.string({ maxLength: 32 }).map((text) => text.toWellFormed()),
      challengedAt: place,
      clock: place,
      resets: fc.nat(),
      restarts: fc.nat(),
      epo: place,
      until: place,
      status: fc.constantFrom("none" as const, "affirming" as const, "warning" as const, "contraindicated" as const),
      passed: fc.boolean(),
      stamp: fc.uint8Array({ minLength: 8, maxLength: 8 }),
      claim: fc.uint8Array({ minLength: 8, maxLength: 8 }),
      boundFrom: place,
      measured: fc.array(fc.record({ slot: fc.nat(255), digest: fc.uint8Array({ minLength: 16, maxLength: 16 }) }), {
        maxLength: 192,
      }),
    }),
    { maxLength: 1 },
  ),
  passed: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  counted: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  refused: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  risingSvn: place,
  risingCount: fc.nat(255),
  risingSince: fc.maxSafeInteger(),
  svn: place,
  model: fc.string({ unit: "binary", maxLength: 300 }).map((text) => text.toWellFormed()),
})

describe("the stored state", () => {
  test("comes back as it went in", () => {
    fc.assert(
      fc.property(state, (one) => {
        const kept = stateOf(one)
        expect(plainOf(kept)).toEqual(one)
        expect(LAYOUT.decode(LAYOUT.encode(kept))).toEqual(kept)
        expect(plainOf(LAYOUT.decode(LAYOUT.encode(kept)))).toEqual(one)
      }),
    )
  })

  test("has the golden bytes of its version", () => {
    expect(Buffer.compare(LAYOUT.encode(stateOf(SAMPLE)), GOLDEN)).toBe(0)
    expect(plainOf(LAYOUT.decode(GOLDEN))).toEqual(SAMPLE)
  })

  test("in order it is below 165 bytes, at its worst below 690", () => {
    const sizeAfter = (links: ReturnType<typeof chainOf>): number => {
      const chain = links.reduce<IntegrityState | undefined>((before, link) => after(before, link).state, undefined)
      const draft = LAYOUT.draft(chain)
      Object.assign(draft, { svn: 5, model: "acme/pump" })
      return LAYOUT.encode(LAYOUT.seal(draft)).length
    }
    expect(sizeAfter(chainOf([20, 20]))).toBeLessThan(165)
    // Every second message lost: seen and awaited take turns.
    expect(sizeAfter(chainOf([100]).filter(({ seq }) => seq % 2 === 0))).toBeLessThan(690)
  })

  test.each([[[]], [[4, 0]], [[2, 1, 2]], [[3, 1, 2]]])("refuses %j", (bytes) => {
    expect(() => LAYOUT.decode(Uint8Array.from(bytes))).toThrow(DamagedState)
  })
})
