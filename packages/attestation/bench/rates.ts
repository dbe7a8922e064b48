/**
 * How many pieces of evidence one core verifies and appraises in a second of CPU: `node packages/attestation/bench/rates.ts`. Each is
 * verified as a stage does it: challenge, endorsement, chain of certificates, quote, certified key, event log, reference values.
 */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { diceChain, diceEvidence, elementEvidence, evidenceOf, leafName, TokenChip, World } from "@assay/fleet"
import { VALID, verifierInPlace } from "@assay/jose/verify"
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
} from "../src/index.ts"

const NOW = 1_800_000_000
const ROUND_MS = 1_000
const world = new World({ seed: "rates", now: NOW, hardware: true })
const services = world.hardware!
const device = world.device("one", { ordinal: 1 })
const { key } = device.profile.identity
const endorsements = openEndorsements(services.endorsements())
const references = services.references()
const verifyJobs = verifierInPlace({ keys: 64 })
const remembered = new Map<string, Binding>()
const context: EvidenceContext = {
  ...services.contextOf(device.did, endorsements),
  verify: (job) => verifyJobs([job])[0] === VALID,
}

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

const file = (name: string): Buffer => readFileSync(new URL(`../test/tpm2/vectors/${name}`, import.meta.url))
const values = file("pcrs.values")
const PCRS = new Map(Array.from({ length: values.length / 32 }, (_, n) => [n, values.subarray(n * 32, n * 32 + 32)]))
const quoteOf = (attest: string, signature: string, area: Buffer): (() => void) => {
  const attestationKey = openPublicArea(area) as PublicArea
  const nonce = Buffer.from(file("nonce.hex").toString().trim(), "hex")
  const signed = { attest: file(attest), signature: file(signature), attestationKey, nonce }
  return () => {
    if ("reason" in verifyQuote(signed, PCRS)) throw new Error("refused")
  }
}
const log = file("eventlog.bin")
const ofTpm = (token: string): object =>
  evidenceOf(tpm, device, services.endorsement(device.did, tpm), createHash("sha256").update(token).digest())
const once = challenge(tpm.keyName)
const shown = verifyEvidence(once, ofTpm(once) as never, context)
if ("reason" in shown) throw new Error(shown.detail)

const CASES: ReadonlyArray<readonly [string, () => void]> = [
  ["quote by P-256, key at hand", quoteOf("quote.attest", "quote.sig", file("ak.tpmt"))],
  ["quote by RSA-2048, key at hand", quoteOf("quote-rsa.attest", "quote-rsa.sig", file("akr.tss").subarray(2))],
  ["event log of 23 events", () => void replayEventLog(log)],
  ["tpm2, all of it", evidence(tpm.keyName, ofTpm)],
  ["tpm2, its binding remembered", evidence(tpm.keyName, ofTpm, { ...context, bindings: remembered })],
  [
    "dice, all of it",
    evidence(leafName(key), (token) => diceEvidence(diceChain(services.maker, "rates", device), device, token)),
  ],
  ["psa, all of it", evidence(chip.keyName, (token) => chip.psa(token))],
  ["eat, all of it", evidence(chip.keyName, (token) => chip.eat(token, key))],
  ["secure-element, all of it", evidence(leafName(key), () => elementEvidence(services.maker, key))],
  ["appraised again from what is kept", () => void appraise(shown.measured, endorsements, references)],
]

for (const [name, work] of CASES) {
  for (let n = 0; n < 50; n++) work()
  const before = process.cpuUsage()
  const until = performance.now() + ROUND_MS
  let count = 0
  while (performance.now() < until) {
    work()
    count++
  }
  const { user, system } = process.cpuUsage(before)
  const perSecond = count / ((user + system) / 1e6)
  process.stdout.write(`${name.padEnd(36)} ${Math.round(perSecond).toLocaleString("en").padStart(10)} a CPU second\n`)
}
