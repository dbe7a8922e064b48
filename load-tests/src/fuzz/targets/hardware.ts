/** Evidence of hardware, from devices; and what a device hands in to be enrolled. */
import { createHash } from "node:crypto"
import {
  DICE_EXTENSIONS,
  layerInfosOf,
  MalformedError,
  openEndorsements,
  openPublicArea,
  readCertificate,
  readEndorsementKey,
  replayEventLog,
  verifyChain,
  verifyEvidence,
} from "@assay/attestation"
import { diceChain, diceEvidence, elementEvidence, evidenceOf, leafName, TokenChip, World } from "@assay/fleet"
import { refusedBy, type Target, text } from "../target.ts"
import { NOW } from "../world.ts"

const world = new World({ seed: "fuzz hardware", now: NOW, hardware: true })
const services = world.hardware!
const device = world.device("one", { ordinal: 1 })
const { key } = device.profile.identity
const tpm = services.tpm("fuzz")
const chip = new TokenChip("fuzz", "chip", services.maker)
const endorsements = openEndorsements(services.endorsements())
const context = services.contextOf(device.did, endorsements)
const NAMES: ReadonlySet<string> = new Set([tpm.keyName, chip.keyName, leafName(key)])

const challengeFor = (name: string): string => services.challenge(device.did, name, NOW)
const seed = (name: string, make: (challenge: string) => object): Buffer => {
  const challenge = challengeFor(name)
  return Buffer.from(JSON.stringify({ challenge, evidence: make(challenge) }))
}

const evidence: Target = {
  name: "hardware-evidence",
  about: "verifyEvidence: challenge and evidence of every format, from a device",
  seeds: () => [
    seed(tpm.keyName, (challenge) =>
      evidenceOf(tpm, device, services.endorsement(device.did, tpm), createHash("sha256").update(challenge).digest()),
    ),
    seed(leafName(key), (challenge) => diceEvidence(diceChain(services.maker, "fuzz", device), device, challenge)),
    seed(chip.keyName, (challenge) => chip.psa(challenge)),
    seed(chip.keyName, (challenge) => chip.eat(challenge, key)),
    seed(leafName(key), () => elementEvidence(services.maker, key)),
  ],
  check: (bytes) => {
    let given: { readonly challenge?: unknown; readonly evidence?: unknown } | null
    try {
      given = JSON.parse(text(bytes))
    } catch {
      return false // the message is refused before
    }
    if (typeof given?.challenge !== "string") return false
    const found = verifyEvidence(given.challenge, given.evidence as never, context)
    if ("reason" in found) return false
    if (!NAMES.has(found.key)) throw new Error("evidence of a key that nobody certified holds")
    return true
  },
}

const FIXED = challengeFor(chip.keyName)
const OF_CHIP = chip.psa(FIXED) as { readonly token: string }

/** The token of a chip, as bytes. */
const token: Target = {
  name: "hardware-token",
  about: "verifyEvidence: a token in COSE_Sign1 (PSA), from a device",
  seeds: () => [Buffer.from(OF_CHIP.token, "base64url")],
  check: (bytes) => {
    const found = verifyEvidence(
      FIXED,
      { ...OF_CHIP, token: Buffer.from(bytes).toString("base64url") } as never,
      context,
    )
    return !("reason" in found)
  },
}
const log: Target = {
  name: "event-log",
  about: "replayEventLog: the measured-boot log of a device",
  seeds: () => [tpm.log],
  check: (bytes) => refusedBy([MalformedError], () => replayEventLog(bytes)),
}

const chain: Target = {
  name: "hardware-certificate",
  about: "verifyChain: the certificate of a device's hardware",
  seeds: () => tpm.chain,
  check: (bytes) => {
    const options = { roots: endorsements.roots.get("tpm2")!, revoked: new Set<string>(), time: NOW * 1000 }
    const found = verifyChain([bytes], options)
    if (typeof found === "string") return false
    if (Buffer.compare(found.leaf.raw, tpm.chain[0]!) !== 0 && !isMalleable(bytes))
      throw new Error("a certificate that nobody issued holds")
    return true
  },
}
/** ECDSA has a second form of the same signature, and the fields before it must be those that were signed. */
const isMalleable = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes).includes(tpm.chain[0]!.subarray(4, 4 + tpm.chain[0]!.readUInt16BE(6) + 4))

const area: Target = {
  name: "tpm-public-area",
  about: "openPublicArea: TPMT_PUBLIC of a key, from a device",
  seeds: () => [tpm.akArea],
  check: (bytes) => !("reason" in openPublicArea(bytes)),
}

const endorsementKey: Target = {
  name: "tpm-endorsement-key",
  about: "readEndorsementKey: TPMT_PUBLIC of an endorsement key, from whoever enrols",
  seeds: () => [tpm.ekArea],
  check: (bytes) => refusedBy([MalformedError], () => readEndorsementKey(bytes)),
}

/** Of Open DICE: code, configuration, authority and mode. */
const OPEN_DICE = `3071a0220420${"07".repeat(32)}a3220420${"05".repeat(32)}a4220420${"06".repeat(32)}a6030a0101`

const layer: Target = {
  name: "dice-layer",
  about: "layerInfosOf: what a layer of a DICE measured, in each extension that says it, from a device",
  seeds: () => [
    ...diceChain(services.maker, "fuzz", device).flatMap((der) =>
      [...readCertificate(der).extensions].flatMap(([oid, { value }]) =>
        DICE_EXTENSIONS.has(oid) ? [Buffer.from(value)] : [],
      ),
    ),
    Buffer.from(OPEN_DICE, "hex"),
  ],
  check: (bytes) => {
    const extension = { critical: true, value: bytes }
    const read = [...DICE_EXTENSIONS].map((oid) =>
      refusedBy([MalformedError], () => layerInfosOf({ extensions: new Map([[oid, extension]]) })),
    )
    return read.includes(true)
  },
}

export const HARDWARE: ReadonlyArray<Target> = [evidence, token, log, chain, layer, area, endorsementKey]
