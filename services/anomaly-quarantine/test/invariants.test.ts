import { reasonInfo } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { AnomalyState } from "../src/state.ts"
import { Harness, type Said } from "./harness.ts"

const D = "did:key:zA"

type Act =
  | { readonly does: "say"; readonly said: Said; readonly times: number }
  | { readonly does: "tick"; readonly after: number }
  | { readonly does: "command"; readonly verb: "quarantine" | "release" | "revoke"; readonly signers: number }

const said: fc.Arbitrary<Said> = fc.record({
  time: fc.constantFrom(1, 1000, 60_000),
  values: fc.constantFrom([20], [20.5], [21], [500], [-1e12], []),
  identity: fc.constantFrom([], [], [], ["identity.stale" as const], ["identity.equivocation" as const]),
  credential: fc.constantFrom([], [], [], ["credential.status_stale" as const], ["credential.bundle_missing" as const]),
  integrity: fc.constantFrom([], [], ["integrity.chain_pending" as const], ["integrity.chain_broken" as const]),
  segmentation: fc.constantFrom([], [], ["segmentation.no_conduit" as const]),
  obligations: fc.constantFrom([], [{ kind: "minTrust" as const, value: 85, source: "c" }]),
  presentation: fc.constantFrom(false, false, false, true),
})
const acts: fc.Arbitrary<ReadonlyArray<Act>> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ does: fc.constant("say" as const), said, times: fc.constantFrom(1, 2, 12) }) },
    {
      weight: 1,
      arbitrary: fc.record({ does: fc.constant("tick" as const), after: fc.constantFrom(1, 700_000, 8e8) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        does: fc.constant("command" as const),
        verb: fc.constantFrom("quarantine" as const, "release" as const, "revoke" as const),
        signers: fc.constantFrom(1, 1, 2),
      }),
    },
  ),
  { maxLength: 40 },
)

const perform = (
  harness: Harness,
  act: Act,
  each: (judged: ReturnType<Harness["say"]>, said: Said) => void = () => {},
) => {
  if (act.does === "tick") harness.tick(act.after)
  else if (act.does === "command")
    harness.command(
      act.verb,
      D,
      Array.from({ length: act.signers }, (_, i) => `op${i}`),
    )
  else for (let n = 0; n < act.times; n++) each(harness.say(D, act.said), act.said)
}

/** Everything that was learned, as text. */
const learned = ({ gap, measurements }: AnomalyState): string => {
  const numbers = [gap]
  for (let index = 0; index < measurements.length; index++) {
    const { level, noise, low, high } = measurements.at(index)
    numbers.push(level, noise, low, high)
  }
  return numbers.join()
}

describe("whatever happens to a device", () => {
  it("nothing reaches verified without five passes from a trusted device with its obligations met", () => {
    fc.assert(
      fc.property(acts, (list) => {
        const harness = new Harness()
        harness.trusted(D)
        for (const act of list)
          perform(harness, act, ({ decision, verdict }, { obligations }) => {
            if (decision?.outcome !== "verified") return
            expect(decision.trust).toBe("trusted")
            expect(decision.reasons).toEqual([])
            expect(verdict?.outcome).toBe("pass")
            for (const { value } of obligations ?? []) expect(decision.reputation! * 100).toBeGreaterThanOrEqual(value)
          })
      }),
    )
  })

  it("it teaches nothing while quarantined or revoked, nor by a message that was not sound", () => {
    fc.assert(
      fc.property(acts, (list) => {
        const harness = new Harness()
        harness.trusted(D)
        for (const act of list)
          for (const single of act.does === "say"
            ? Array.from({ length: act.times }, () => ({ ...act, times: 1 }))
            : [act]) {
            const before = harness.device(D)!
            const trust = harness.trust(D)
            perform(harness, single)
            if (single.does !== "say") continue
            const { identity, credential, integrity, segmentation } = single.said
            const reasons = [identity, credential, integrity, segmentation].flatMap((list) => list ?? [])
            const sound = reasons.every(
              (code) => reasonInfo(code).severity === "warn" && reasonInfo(code).attribution !== "unproven",
            )
            if (trust !== "quarantined" && trust !== "revoked" && sound) continue
            expect(learned(harness.device(D)!)).toBe(learned(before))
          }
      }),
    )
  })

  it("revoked stays revoked, and releases nothing", () => {
    fc.assert(
      fc.property(acts, (list) => {
        const harness = new Harness()
        harness.trusted(D)
        harness.command("revoke", D, ["a", "b"])
        for (const act of list) {
          perform(harness, act, ({ decision }) => expect(decision?.outcome).toBe("quarantined"))
          expect(harness.trust(D)).toBe("revoked")
        }
      }),
    )
  })

  it("the same entries give the same states, decisions and events; no state is changed in place", () => {
    fc.assert(
      fc.property(acts, (list) => {
        const [one, two] = [new Harness(), new Harness()].map((harness) => {
          harness.trusted(D)
          const decisions: Array<unknown> = []
          for (const act of list) perform(harness, act, ({ decision, verdict }) => decisions.push(decision, verdict))
          return { decisions, events: harness.events, states: [...harness.states] }
        })
        expect(two).toEqual(one)
      }),
      { numRuns: 50 },
    )
  })
})
