/** Evidence of every format as COSE says what it says as JSON. */
import { createHash } from "node:crypto"
import { openEndorsements, verifyEvidence } from "@assay/attestation"
import { diceChain, diceEvidence, elementEvidence, evidenceOf, leafName, TokenChip, World } from "@assay/fleet"
import { coseMessage, readEvidenceBytes } from "@assay/message"
import { START } from "@assay/testkit/fleet"
import { expect, it } from "vitest"

const world = new World({ seed: "compact evidence", now: START, hardware: true })
const services = world.hardware!
const device = world.device("one", { ordinal: 1 })
const { key, kid, did } = device.profile.identity
const tpm = services.tpm("compact")
const chip = new TokenChip("compact", "chip", services.maker)
const context = services.contextOf(did, openEndorsements(services.endorsements()))

it.each<[string, string, (challenge: string) => object]>([
  [
    "tpm2",
    tpm.keyName,
    (challenge) =>
      evidenceOf(tpm, device, services.endorsement(did, tpm), createHash("sha256").update(challenge).digest()),
  ],
  ["dice", leafName(key), (challenge) => diceEvidence(diceChain(services.maker, "compact", device), device, challenge)],
  ["psa", chip.keyName, (challenge) => chip.psa(challenge)],
  ["eat", chip.keyName, (challenge) => chip.eat(challenge, key)],
  ["secure-element", leafName(key), () => elementEvidence(services.maker, key)],
])("%s", (format, name, make) => {
  const challenge = services.challenge(did, name, START)
  const evidence = make(challenge)
  const bytes = coseMessage({ iss: did, aud: "urn:assay:demo", iat: START, epo: 0, challenge, evidence }, key, kid)
  const read = readEvidenceBytes(bytes)!
  expect(read).toEqual({ challenge, evidence: JSON.parse(JSON.stringify(evidence)) })
  const shown = verifyEvidence(read.challenge, read.evidence, context)
  expect(shown, format).toHaveProperty("measured")
})
