/** The keys that sign challenges and endorsements take each other's place: while a bundle names both, what either signed counts. */
import { createHash } from "node:crypto"
import { evidenceOf, World } from "@assay/fleet"
import { describe, expect, it } from "vitest"
import { openEndorsements, verifyEvidence } from "../../src/index.ts"

const NOW = 1_800_000_000
const world = new World({ seed: "rotation of tokens", now: NOW, hardware: true })
const services = world.hardware!
const device = world.device("one", { ordinal: 1 })
const tpm = services.tpm("rotation")
const context = services.contextOf(device.did, openEndorsements(services.endorsements()))
const next = world.rogueIssuer
const KEYS = {
  old: { challenger: services.challenger, endorser: services.endorser },
  new: { challenger: next, endorser: next },
}
type Age = keyof typeof KEYS

/** What evidence comes to whose challenge and endorsement are signed by keys of these ages, under a bundle that names others. */
const shown = (challenger: Age, endorser: Age, named: ReadonlyArray<Age>): string => {
  const challenge = services.challenge(device.did, tpm.keyName, NOW, {}, KEYS[challenger].challenger)
  const endorsement = services.endorsement(device.did, tpm, {}, KEYS[endorser].endorser)
  const nonce = createHash("sha256").update(challenge).digest()
  const found = verifyEvidence(challenge, evidenceOf(tpm, device, endorsement, nonce) as never, {
    ...context,
    challengers: named.map((age) => KEYS[age].challenger.did),
    endorsers: named.map((age) => KEYS[age].endorser.did),
  })
  return "reason" in found ? found.reason : "holds"
}
const AGES = ["old", "new"] as const

describe("challenger and endorser", () => {
  it.each(AGES.flatMap((challenger) => AGES.map((endorser) => [challenger, endorser] as const)))(
    "both count while both are named: challenge of the %s key, endorsement of the %s one",
    (challenger, endorser) => {
      expect(shown(challenger, endorser, AGES)).toBe("holds")
    },
  )

  it("what the old key signed counts no more where the bundle names the new one alone", () => {
    expect(shown("new", "new", ["new"])).toBe("holds")
    expect(shown("old", "new", ["new"])).toBe("challenge_refused")
    expect(shown("new", "old", ["new"])).toBe("evidence_not_endorsed")
  })
})
