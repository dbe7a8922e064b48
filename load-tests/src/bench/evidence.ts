/**
 * `npm run bench:evidence`: how many pieces of evidence one core verifies and appraises in a second of CPU. Each is verified as a stage
 * does it: challenge, endorsement, chain of certificates, quote, certified key, event log, reference values. Cases take turns, so that
 * what else the machine does meets all of them alike.
 */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import {
  appraise,
  type Binding,
  type EvidenceContext,
  openEndorsements,
  openPublicArea,
  type PublicArea,
  replayEventLog,
  verifyEvidence,
  verifyQuote,
} from "@assay/attestation"
import { diceChain, diceEvidence, elementEvidence, evidenceOf, leafName, TokenChip, World } from "@assay/fleet"
import { main } from "@assay/infra/local"
import { VALID, verifierInPlace } from "@assay/jose/verify"
import { benchOfTurns, type Case } from "./turns.ts"

const NOW = 1_800_000_000
/** What a software TPM, tpm2-tools and a firmware have written. */
const VECTORS = new URL("../../../packages/attestation/test/tpm2/vectors/", import.meta.url)

const file = (name: string): Buffer => readFileSync(new URL(name, VECTORS))

const quoteOf = (attest: string, signature: string, area: Buffer): (() => void) => {
  const values = file("pcrs.values")
  const pcrs = new Map(Array.from({ length: values.length / 32 }, (_, n) => [n, values.subarray(n * 32, n * 32 + 32)]))
  const nonce = Buffer.from(file("nonce.hex").toString().trim(), "hex")
  const attestationKey = openPublicArea(area) as PublicArea
  const signed = { attest: file(attest), signature: file(signature), attestationKey, nonce }
  return () => {
    if ("reason" in verifyQuote(signed, pcrs)) throw new Error(`${attest} is refused`)
  }
}

const casesOf = (): ReadonlyArray<Case> => {
  const world = new World({ seed: "rates", now: NOW, hardware: true })
  const services = world.hardware!
  const device = world.device("one", { ordinal: 1 })
  const { key } = device.profile.identity
  const endorsements = openEndorsements(services.endorsements())
  const references = services.references()
  const verifyJobs = verifierInPlace({ keys: 64 })
  const context: EvidenceContext = {
    ...services.contextOf(device.did, endorsements),
    verify: (job) => verifyJobs([job])[0] === VALID,
  }
  const remembering: EvidenceContext = { ...context, bindings: new Map<string, Binding>() }
  const tpm = services.tpm("rates")
  const chip = new TokenChip("rates", "chip", services.maker)
  const challenge = (name: string): string => services.challenge(device.did, name, NOW)

  const evidence = (name: string, make: (token: string) => object, under = context): (() => void) => {
    const token = challenge(name)
    const json = JSON.stringify(make(token))
    return () => {
      // Read anew each time, as from a message.
      const found = verifyEvidence(token, JSON.parse(json), under)
      if ("reason" in found) throw new Error(`${found.reason}: ${found.detail}`)
      appraise(found.measured, endorsements, references)
    }
  }
  const ofTpm = (token: string): object =>
    evidenceOf(tpm, device, services.endorsement(device.did, tpm), createHash("sha256").update(token).digest())
  const once = challenge(tpm.keyName)
  const shown = verifyEvidence(once, ofTpm(once) as never, context)
  if ("reason" in shown) throw new Error(shown.detail)
  const log = file("eventlog.bin")
  const ofDice = (token: string): object => diceEvidence(diceChain(services.maker, "rates", device), device, token)

  return [
    { name: "tpm2, all of it", work: evidence(tpm.keyName, ofTpm) },
    { name: "tpm2, its binding remembered", work: evidence(tpm.keyName, ofTpm, remembering) },
    { name: "dice, all of it", work: evidence(leafName(key), ofDice) },
    { name: "psa, all of it", work: evidence(chip.keyName, (token) => chip.psa(token)) },
    { name: "eat, all of it", work: evidence(chip.keyName, (token) => chip.eat(token, key)) },
    {
      name: "secure-element, all of it",
      work: evidence(leafName(key), () => elementEvidence(services.maker, key)),
    },
    { name: "quote by P-256, key at hand", work: quoteOf("quote.attest", "quote.sig", file("ak.tpmt")) },
    {
      name: "quote by RSA-2048, key at hand",
      work: quoteOf("quote-rsa.attest", "quote-rsa.sig", file("akr.tss").subarray(2)),
    },
    { name: "event log of 23 events", work: () => void replayEventLog(log) },
    {
      name: "appraised again from what is kept",
      work: () => void appraise(shown.measured, endorsements, references),
    },
  ]
}

export const bench = benchOfTurns(
  {
    name: "bench:evidence",
    summary:
      "Measures how many pieces of hardware evidence one core verifies and appraises in a second of CPU, for each kind of evidence.",
  },
  casesOf,
)

if (import.meta.main) await main(bench)
