import { readdirSync } from "node:fs"
import { REASONS, signerOf } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { CATEGORIES, meets } from "../../src/attack.ts"
import { DELEGATION_ATTACKS } from "../../src/attacks/delegation/index.ts"
import { ATTACKS } from "../../src/attacks/index.ts"
import { inject, see } from "./inspect.ts"

const ALL = [...ATTACKS, ...DELEGATION_ATTACKS]

/** The catalogue that was asked for, each of its lines by the names that it has here. */
const ASKED_FOR: Readonly<Record<string, ReadonlyArray<string>>> = {
  "bit flip in the payload": ["bit-flip"],
  "forged signature": ["forged-signature"],
  "wrong key for the DID": ["wrong-key"],
  "alg none and HS/RS confusion": ["alg-none", "alg-confusion"],
  "a token of another typ": ["other-typ"],
  "replay of an old message": ["replay"],
  "the same message under another routing key": ["wrong-routing"],
  "reordering inside the window": ["reordering"],
  "epoch jump": ["epoch-jump"],
  "cloned device": ["clone"],
  equivocation: ["equivocation"],
  "stale and future timestamps": ["stale-timestamp", "future-timestamp"],
  "expired credential": ["expired-credential"],
  "revoked credential": ["revoked-credential"],
  "credential of an untrusted issuer": ["untrusted-issuer"],
  "credential of another device": ["borrowed-credential"],
  "a reading outside the granted capability": ["outside-capability"],
  "broken hash chain": ["broken-chain"],
  "gap in the chain": ["chain-gap"],
  "firmware unknown / tampered / rolled back": ["firmware-unknown", "firmware-tampered", "firmware-rolled-back"],
  "a message to a forbidden zone": ["forbidden-zone"],
  "a sweep over many zones": ["zone-sweep"],
  "value drift": ["value-drift"],
  "stuck sensor": ["stuck-sensor"],
  "message flood": ["message-flood"],
  "junk in a victim's name": ["junk-in-name"],
  "a crowd of freshly minted identities": ["identity-crowd"],
  "a control message by a device": ["control-by-device"],
  "a control message by one operator where two are needed": ["control-by-one"],
  "an older trust bundle": ["older-bundle"],
  "malformed bytes of every kind": ["malformed-bytes"],
  "readings that nobody can read": ["unreadable-readings"],
}

describe("the catalogue", () => {
  it("has every attack that was asked for", () => {
    const names = ATTACKS.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(Object.values(ASKED_FOR).flat()))
    expect(new Set(names).size).toBe(names.length)
  })

  it("lists every file of its folder", () => {
    const filesIn = (folder: string): ReadonlyArray<string> =>
      readdirSync(new URL(folder, import.meta.url))
        .filter((file) => file.endsWith(".ts") && file !== "index.ts")
        .map((file) => file.replace(/\.ts$/, ""))
    expect(filesIn("../../src/attacks/").toSorted()).toEqual(ATTACKS.map(({ name }) => name).sort())
    expect(filesIn("../../src/attacks/delegation/").toSorted()).toEqual(
      DELEGATION_ATTACKS.map(({ name }) => name).sort(),
    )
  })

  it("uses every category and names reasons that exist", () => {
    expect(new Set(ALL.map(({ category }) => category))).toEqual(new Set(CATEGORIES))
    for (const {
      expect: { reasons },
    } of ALL)
      for (const code of reasons) expect(REASONS).toHaveProperty([code])
  })
})

describe.each(ALL)("$name", (attack) => {
  const steps = inject(attack).map(see)
  const names = (instance: number) => new Set(inject(attack, instance).map(({ label }) => label.device))

  it("makes attempts, each with something to expect of it", () => {
    const tried = steps.filter(({ label }) => label.role === "attempt")
    expect(tried.length).toBeGreaterThan(0)
    for (const { label } of tried) expect(label.expect).not.toBeNull()
    for (const { label } of steps) expect(label).toMatchObject({ attack: attack.name, instance: 0 })
  })

  it("says in advance and afterwards only what an honest device would", () => {
    for (const { label, state, key, claims } of steps) {
      if (label.role === "attempt") continue
      expect(label.honest).toBe(true)
      // Operators activate the delegation of a gateway.
      if (state === "knowledge") continue
      const signer = signerOf(label.device)
      expect({ state, key, iss: claims?.iss }).toEqual({ state: "authentic", key: signer, iss: label.device })
    }
  })

  it("has devices of its own in every injection", () => {
    const shared = [...names(0)].filter((did) => did !== "" && names(1).has(did))
    expect(shared).toEqual([])
  })

  it("lets a victim speak on after it", () => {
    const last = steps.at(-1)!
    if (attack.victimStaysTrusted === true) {
      expect(last.label.role).toBe("follow-up")
      expect(last.label.expect?.outcomes).toEqual(["verified"])
    } else expect(["attempt", "follow-up"]).toContain(last.label.role)
  })

  it("never calls a verified outcome a success of Assay, unless nobody is to be punished", () => {
    const tolerated = attack.expect.outcomes.includes("verified")
    expect(tolerated).toBe(attack.mustNotPunish === true)
    expect(meets(attack.expect, "verified", attack.expect.reasons)).toBe(tolerated)
  })
})
