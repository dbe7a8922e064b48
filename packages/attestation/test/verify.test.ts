/** Evidence of every format but TPM's through the one interface: what holds, and what an attacker would make of it. */
import { type Device, diceChain, diceEvidence, elementEvidence, LAYERS, leafName, TokenChip, World } from "@assay/fleet"
import { describe, expect, it } from "vitest"
import { appraise, openEndorsements, verifyEvidence } from "../src/index.ts"

const NOW = 1_800_000_000
const world = new World({ seed: "formats", now: NOW, hardware: true })
const services = world.hardware!
const device = world.device("one", { ordinal: 1 })
const other = world.device("other", { ordinal: 1 })
const chip = new TokenChip("formats", "chip", services.maker)
const endorsements = openEndorsements(services.endorsements())

const key = device.profile.identity.key
const challengeFor = (name: string, of: Device = device): string => services.challenge(of.did, name, NOW)
const own = (): string => challengeFor(leafName(key))
const shown = (challenge: string, evidence: object, of: Device = device) =>
  verifyEvidence(challenge, evidence as never, services.contextOf(of.did, endorsements))
const reasonOf = (found: object): string => ("reason" in found ? (found.reason as string) : "holds")
const CHAIN = diceChain(services.maker, "formats", device)

describe("what holds", () => {
  it.each<readonly [string, () => ReturnType<typeof shown>]>([
    ["dice", () => ((challenge) => shown(challenge, diceEvidence(CHAIN, device, challenge)))(own())],
    ["psa", () => ((challenge) => shown(challenge, chip.psa(challenge)))(challengeFor(chip.keyName))],
  ])("%s shows its components, which are appraised", (_, verify) => {
    const found = verify()
    if ("reason" in found) throw new Error(found.detail)
    expect(appraise(found.measured, endorsements, services.references())).toMatchObject({
      status: "affirming",
      vector: { "instance-identity": 2, executables: 3, hardware: 2 },
    })
  })

  it("eat names its measurements by their hash", () => {
    const challenge = challengeFor(chip.keyName)
    const found = shown(challenge, chip.eat(challenge, key))
    expect(reasonOf(found)).toBe("holds")
  })

  it("a secure element stands for who it is alone: a class that lists measurements is not content with it", () => {
    const found = shown(own(), elementEvidence(services.maker, key))
    if ("reason" in found) throw new Error(found.detail)
    expect(appraise(found.measured, endorsements, services.references()).status).toBe("warning")
    const nothing = { ...services.references(), events: [], components: [], measurements: "none" as const }
    expect(appraise(found.measured, endorsements, nothing)).toMatchObject({
      status: "affirming",
      vector: { "instance-identity": 2, hardware: 2 },
    })
  })
})

describe("refused", () => {
  const dice = (over: object, challenge = own()) =>
    shown(challenge, { ...diceEvidence(CHAIN, device, challenge), ...over })
  const psa = (make: (challenge: string) => object, challenge = challengeFor(chip.keyName)) =>
    shown(challenge, make(challenge))
  const unknown = new TokenChip("formats", "unknown", services.unknownMaker)
  const encode = (chain: ReadonlyArray<Uint8Array>) => chain.map((one) => Buffer.from(one).toString("base64url"))

  it.each<readonly [string, string, () => object]>([
    ["a format that nobody knows", "evidence_malformed", () => shown(own(), { format: "sgx" })],
    ["no object", "evidence_malformed", () => shown(own(), [])],
    [
      "a DICE that signed another challenge",
      "evidence_not_fresh",
      () => shown(own(), diceEvidence(CHAIN, device, own())),
    ],
    [
      "the chain of another device's layers",
      "evidence_key_mismatch",
      () => {
        const challenge = challengeFor(leafName(other.profile.identity.key))
        return shown(challenge, diceEvidence(diceChain(services.maker, "formats", other), other, challenge))
      },
    ],
    [
      "a layer that is open for debugging",
      "evidence_debug",
      () => dice({ chain: encode(diceChain(services.maker, "formats", device, { debug: true })) }),
    ],
    [
      "a DICE of an unknown maker",
      "evidence_maker_unknown",
      () => dice({ chain: encode(diceChain(services.unknownMaker, "formats", device)) }),
    ],
    [
      "a chain without layers",
      "evidence_malformed",
      () => dice({ chain: encode([services.maker.certify(key, { subject: "x" })]) }),
    ],
    ["a token of an open life cycle", "evidence_debug", () => psa((challenge) => chip.psa(challenge, 0x5000))],
    ["a token for another challenge", "evidence_not_fresh", () => psa(() => chip.psa(own()))],
    [
      "a token of an unknown maker",
      "evidence_maker_unknown",
      () => psa((one) => unknown.psa(one), challengeFor(unknown.keyName)),
    ],
    [
      "a token under the certificate of another chip",
      "evidence_unverified",
      () => psa((one) => ({ ...unknown.psa(one), chain: encode(chip.chain) })),
    ],
    [
      "an EAT that speaks for another key",
      "evidence_key_mismatch",
      () => psa((one) => chip.eat(one, other.profile.identity.key)),
    ],
    ["an EAT with debugging enabled", "evidence_debug", () => psa((one) => chip.eat(one, key, 0))],
    [
      "the certificate of a chip without its key",
      "evidence_not_genuine",
      () =>
        shown(
          challengeFor(leafName(other.profile.identity.key)),
          elementEvidence(services.maker, other.profile.identity.key),
        ),
    ],
    ["a challenge for another key", "challenge_refused", () => shown(challengeFor("other"), chip.psa("x"))],
    [
      "a challenge that ended",
      "challenge_late",
      () => {
        const challenge = services.challenge(device.did, chip.keyName, NOW - 301)
        return shown(challenge, chip.psa(challenge))
      },
    ],
    [
      "a challenge that its device made itself",
      "challenge_refused",
      () => {
        const challenge = services.challenge(device.did, chip.keyName, NOW, {}, device.profile.identity)
        return shown(challenge, chip.psa(challenge))
      },
    ],
    [
      "a challenge of another deployment",
      "challenge_refused",
      () => {
        const challenge = services.challenge(device.did, chip.keyName, NOW, { aud: "https://other.example/" })
        return shown(challenge, chip.psa(challenge))
      },
    ],
  ])("%s", (_, reason, verify) => {
    expect(reasonOf(verify())).toBe(reason)
  })

  it("a component that nobody listed is no fault of the evidence, and not good", () => {
    const challenge = challengeFor(chip.keyName)
    const found = shown(challenge, chip.psa(challenge, 0x3000, [LAYERS[0], "another application"]))
    if ("reason" in found) throw new Error(found.detail)
    expect(appraise(found.measured, endorsements, services.references())).toMatchObject({
      status: "warning",
      standing: "unlisted",
    })
  })
})
