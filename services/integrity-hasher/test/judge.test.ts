import {
  type Active,
  type FirmwareClaim,
  type FirmwareReference,
  type Judged,
  type Knowledge,
  type MessageClaims,
  NO_KNOWLEDGE,
  type PresentationClaims,
  type ReasonCode,
  type Subject,
  type TrustBundle,
  type Verdict,
} from "@assay/trust"
import { describe, expect, test } from "vitest"
import type { Incidents } from "../src/incidents.ts"
import { judgeIntegrity } from "../src/judge.ts"
import type { IntegrityState } from "../src/state.ts"
import { chainOf, digestOf, entryOf, PASS, viewOf } from "./device.ts"

const fw = (version: string, svn: number, digest = `${version}-digest`): FirmwareClaim => ({
  vendor: "acme",
  class: "pump",
  digest,
  version,
  svn,
})
const REFERENCES: ReadonlyArray<FirmwareReference> = [
  { ...fw("1.0", 1), status: "good" },
  { ...fw("1.1", 2), status: "vulnerable" },
  { ...fw("1.2", 3), status: "revoked" },
  { ...fw("2.0", 5), status: "good" },
  { ...fw("2.1", 5), status: "good" },
]
const bundleOf = (minimumSvn: Record<string, number>): Active<TrustBundle> => ({
  hash: "ab".repeat(32),
  version: 1,
  expires: 2e12,
  body: {
    version: 1,
    issued: 0,
    expires: 2e12,
    trustDomain: "https://plant.example/",
    issuers: [],
    operators: [],
    thresholds: { quarantine: 1, release: 2, revoke: 2, "breaker-override": 2 },
    statusLists: [],
    firmware: REFERENCES,
    minimumSvn,
    nextRoots: null,
  },
})
const KNOWN: Knowledge = { ...NO_KNOWLEDGE, bundle: bundleOf({}) }
const STRICT: Knowledge = { ...NO_KNOWLEDGE, bundle: bundleOf({ "acme/pump": 2 }) }
const NONE = NO_KNOWLEDGE
const PUMP: Subject = { vendor: "acme", class: "pump", assurance: "software" }

const judgeOne = (
  claims: Partial<MessageClaims>,
  knowledge = KNOWN,
  state?: IntegrityState,
  subject: Subject | null = null,
  time = 0,
): Judged<IntegrityState, Incidents> => {
  const entry = entryOf(claims, knowledge, { subject })
  return judgeIntegrity({ ...entry, time: entry.time + time }, state, viewOf())
}

const codes = ({ verdict }: Judged<IntegrityState, Incidents>): string =>
  verdict!.reasons.map((code) => code.replace("integrity.firmware_", "").replace("integrity.", "")).join()

/** A state after one clean message with this firmware. */
const after = (claim: FirmwareClaim): IntegrityState => judgeOne({ fw: claim }).state!

describe("firmware", () => {
  const cases: Array<[string, FirmwareClaim | null, Knowledge, IntegrityState | undefined, Subject | null, string]> = [
    ["no claim says nothing", null, KNOWN, undefined, null, ""],
    ["no claim needs no bundle", null, NONE, undefined, null, ""],
    ["a claim without a bundle", fw("1.0", 1), NONE, undefined, null, "knowledge_missing"],
    ["a good state", fw("1.0", 1), KNOWN, undefined, PUMP, ""],
    ["another model", { ...fw("1.0", 1), class: "valve" }, KNOWN, undefined, null, "unreferenced"],
    ["another model than the credential's", { ...fw("1.0", 1), class: "valve" }, KNOWN, undefined, PUMP, "mismatched"],
    ["an unknown digest of an unknown version", fw("9.9", 9), KNOWN, undefined, null, "unknown"],
    ["an unknown digest of a known version", fw("1.0", 1, "patched"), KNOWN, undefined, null, "tampered"],
    ["a known digest under another version", fw("2.0", 5, "1.0-digest"), KNOWN, undefined, null, "lying"],
    ["a known digest under another security version", fw("1.0", 7), KNOWN, undefined, null, "lying"],
    ["a vulnerable state", fw("1.1", 2), KNOWN, undefined, null, "vulnerable"],
    ["a revoked state", fw("1.2", 3), KNOWN, undefined, null, "revoked"],
    ["below the fleet's minimum", fw("1.0", 1), STRICT, undefined, null, "rolled_back"],
    ["below what the device had", fw("1.0", 1), KNOWN, after(fw("2.0", 5)), null, "chain_broken,rolled_back"],
    [
      "rolled back and vulnerable",
      fw("1.1", 2),
      KNOWN,
      after(fw("2.0", 5)),
      null,
      "chain_broken,rolled_back,vulnerable",
    ],
  ]
  test.each(cases)("%s", (_name, claim, knowledge, state, subject, expected) => {
    const more = state === undefined ? {} : { seq: 1, digest: digestOf("next") }
    const judged = judgeOne({ fw: claim, ...more }, knowledge, state, subject)
    expect(codes(judged)).toBe(expected)
    expect(judged.verdict!.knowledge).toEqual(
      claim === null || knowledge.bundle === null ? [] : [knowledge.bundle.hash],
    )
    expect(judged.verdict!.assurance).toBe(claim === null ? "none" : "claimed")
  })

  const MINUTE = 60_000
  /** What the device tells of its firmware, message by message, a minute apart; null: nothing. */
  const claimed = (claims: ReadonlyArray<FirmwareClaim | null>, change: Partial<MessageClaims> = {}) => {
    const links = chainOf([claims.length])
    let state: IntegrityState | undefined
    const found = claims.map((claim, n) => {
      const last = n === claims.length - 1 ? change : {}
      const judged = judgeOne({ ...links[n], fw: claim, ...last }, KNOWN, state, undefined, n * MINUTE)
      state = judged.state ?? state
      return codes(judged)
    })
    return { found, state: state! }
  }

  test("the first version that is known of a device is taken at once", () => {
    expect(claimed([fw("1.0", 1)]).state).toMatchObject({ svn: 1, model: "acme/pump" })
  })

  test("the mark rises after eight clean messages over ten minutes", () => {
    const after = (count: number) => claimed([fw("1.0", 1), fw("2.0", 5), ...Array(count).fill(null)])
    expect(after(9).state).toMatchObject({ svn: 1, risingSvn: 5 })
    expect(after(10).state).toMatchObject({ svn: 5, risingSvn: -1 })
    const often = claimed([fw("1.0", 1), ...Array(11).fill(fw("2.0", 5)), fw("1.0", 1)])
    expect(often.found.at(-1)).toMatch(/rolled_back/)
  })

  test("an update that rolls itself back is no attack", () => {
    const { found, state } = claimed([...Array(10).fill(fw("1.0", 1)), fw("2.0", 5), ...Array(5).fill(fw("1.0", 1))])
    expect(found.filter((one) => one.includes("rolled_back"))).toEqual([])
    expect(state).toMatchObject({ svn: 1, risingSvn: -1 })
  })

  test("the mark rises with clean messages only", () => {
    const before = [fw("1.0", 1), fw("2.0", 5), ...Array(9).fill(null)]
    for (const last of [{ fw: fw("9.9", 9) }, { fw: fw("1.2", 3) }, { prv: digestOf("other") }])
      expect(claimed([...before, null], last).state).toMatchObject({ svn: 1 })
  })

  test("an update between two good versions of one security version is fine, either way", () => {
    const state = after(fw("2.0", 5))
    const link = { seq: 1, prv: digestOf("0/0"), digest: digestOf("0/1") }
    expect(codes(judgeOne({ ...link, fw: fw("2.1", 5) }, KNOWN, state))).toBe("")
  })
})

describe("what may change the state", () => {
  const fail: Verdict = { ...PASS, outcome: "fail", reasons: ["identity.equivocation"] }
  const contested: Verdict = { ...PASS, outcome: "warn", reasons: ["identity.contested"] }
  const future: Verdict = { ...PASS, outcome: "fail", reasons: ["identity.future"] }
  const stranger: Verdict = { ...PASS, outcome: "warn", reasons: ["identity.stranger"] }
  const refused: Verdict = { ...PASS, outcome: "fail", reasons: ["credential.value_out_of_range"] }
  const verdicts = (identity: Verdict | null, credential = PASS) => ({
    verdicts: { identity, credential, integrity: null, segmentation: null, anomaly: null },
  })
  const placed = (code: ReasonCode): Verdict => ({ ...PASS, outcome: "fail", reasons: [code] })
  const claims = { fw: fw("2.0", 5) }

  test.each([
    ["that proves a fork", fail, PASS, false, false],
    ["that is contested", contested, PASS, true, false],
    ["from the future", future, PASS, true, false],
    ["not judged by identity", null, PASS, false, false],
    ["of a stranger", stranger, PASS, true, true],
    ["that is stale, and has its place", placed("identity.stale"), PASS, true, false],
    ["that is backfill", { ...placed("identity.backfill"), outcome: "warn" } as const, PASS, true, false],
    ["with a reading that cannot be read", placed("identity.readings_refused"), PASS, true, false],
    ["refused by its credential", PASS, refused, true, false],
    ["clean", PASS, PASS, true, true],
  ])("a message %s: chain %#", (_name, identity, credential, chain, mark) => {
    const { state } = judgeIntegrity(entryOf(claims, KNOWN, verdicts(identity, credential)), undefined, viewOf())
    expect([state !== undefined, (state?.svn ?? -1) === 5]).toEqual([chain, mark])
  })

  test("a presentation stands outside the chain", () => {
    const [first, second] = chainOf([2])
    const state = judgeOne({ ...first }).state!
    const entry = entryOf({}, KNOWN)
    const { alg, kid, iss, aud, iat } = entry.message.claims!
    const claims = {
      kind: "presentation",
      alg,
      kid,
      iss,
      aud,
      iat,
      digest: digestOf("vp"),
      credentials: ["e30.e30.AA"],
    }
    const shown = judgeIntegrity(entryOf({}, KNOWN, { claims: claims as PresentationClaims }), state, viewOf())
    expect(shown).toMatchObject({ verdict: { outcome: "pass" }, state: undefined })
    expect(codes(judgeOne({ ...second }, KNOWN, state))).toBe("")
  })

  test("a message that was never authenticated is not judged", () => {
    expect(() => judgeIntegrity(entryOf({}, KNOWN, { claims: null }), undefined, viewOf())).toThrow("has no claims")
  })

  test("the state given is never changed", () => {
    const links = chainOf([30, 30])
    let state: IntegrityState | undefined
    for (const link of links.toSorted((a, b) => (a.digest < b.digest ? -1 : 1))) {
      const before = JSON.stringify(state)
      const next = judgeOne({ ...link }, KNOWN, state).state
      expect(JSON.stringify(state)).toBe(before)
      state = next ?? state
    }
  })
})
