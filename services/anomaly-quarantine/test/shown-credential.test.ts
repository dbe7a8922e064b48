/** The credential that operators show with a rejudgement, and the message that it is to cover. */
import { issueCredential } from "@assay/credentials"
import { actor, bundleOf } from "@assay/testkit/actors"
import { message as sample } from "@assay/testkit/samples"
import { type AssayedMessage, itemKey, knowledgeOf, type MessageClaims } from "@assay/trust"
import { expect, it } from "vitest"
import { openShown, subjectOf } from "../src/rejudge/shown-credential.ts"
import { NOTHING_ENDED } from "../src/revocation/ended.ts"

const NOW = 1_000_000
const [issuer, device] = [actor(), actor()]
const token = issueCredential(
  {
    ...{ subject: device.did, vendor: "acme", class: "pump", assurance: "software", hardwareId: null, status: [] },
    validFrom: 0,
    validUntil: 2 * NOW,
    capabilities: {
      measurements: [{ name: "*", unit: null, min: null, max: null }],
      actions: ["telemetry"],
      audiences: ["https://plant.example/*"],
      ratePerMinute: 60,
    },
  },
  issuer,
)
const bundle = { hash: "b".repeat(64), version: 1, expires: 2 * NOW, body: bundleOf(issuer) }
const knowledge = knowledgeOf(new Map([[itemKey("bundle", ""), bundle]]))
const claims: MessageClaims = { ...(sample.claims as MessageClaims), iss: device.did, iat: NOW / 1000, fw: null }

/** What a credential in force says of the device, for a message whose verdict has this detail. */
const saidOf = (detail: string | null) => {
  const verdicts = { ...sample.verdicts, credential: { ...sample.verdicts.credential!, detail } }
  const message: AssayedMessage = { ...sample, time: NOW, claims, readings: [], verdicts }
  return subjectOf(openShown([token], knowledge, NOTHING_ENDED), message, claims, knowledge)
}
const SUBJECT = { vendor: "acme", class: "pump", assurance: "software" }

it("covers the message where the verdict names it, or no credential", () => {
  const { hash } = openShown([token], knowledge, NOTHING_ENDED).credentials.get(device.did)!
  expect(saidOf(JSON.stringify({ credential: hash, offence: "" }))).toEqual(SUBJECT)
  expect(saidOf(null)).toEqual(SUBJECT)
})

it("does not where the verdict names another one", () => {
  expect(saidOf(JSON.stringify({ credential: "another", offence: "" }))).toBeNull()
})

it.each(["not JSON", "null", "7", '{"credential":7}'])("nor by a detail that Assay does not write: %s", (detail) => {
  expect(saidOf(detail)).toBeNull()
})
