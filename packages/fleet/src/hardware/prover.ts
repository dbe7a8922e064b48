/** A device with a TPM: it answers challenges with evidence, rightly or, where a scene says so, wrongly. */
import { encodeBase64url } from "@assay/did"
import type { Device } from "../device.ts"
import { headerOf, type Signed, signToken } from "../token.ts"
import { type Changes, type HardwareServices, PCRS } from "./services.ts"
import type { SignOptions, SoftTpm } from "./tpm.ts"
import { ATTRIBUTES, publicArea, sha256 } from "./tpm-bytes.ts"

export interface Answer {
  /** The challenge; default: one made for this device and key now. */
  readonly challenge?: string
  /** What the TPM is asked to sign along; default: SHA-256 of the challenge. */
  readonly nonce?: Uint8Array
  readonly quote?: SignOptions
  /** Of the key that is certified. */
  readonly attributes?: number
  /** Members of the evidence that are replaced. */
  readonly evidence?: Changes
  /** Seconds since 1970. */
  readonly iat?: number
  readonly epo?: number
}

/** What a TPM says for one challenge, as it travels. */
export const evidenceOf = (
  tpm: SoftTpm,
  device: Device,
  endorsement: string,
  nonce: Uint8Array,
  { quote: options = {}, attributes = ATTRIBUTES.signing }: Answer = {},
): Record<string, unknown> => {
  const key = publicArea(device.profile.identity.key, attributes)
  const quote = tpm.quote(PCRS, nonce, options)
  const certified = tpm.certify(key, nonce)
  return {
    format: "tpm2",
    ak: encodeBase64url(tpm.akArea),
    key: encodeBase64url(key),
    quote: encodeBase64url(quote.attest),
    quoteSignature: encodeBase64url(quote.signature),
    certify: encodeBase64url(certified.attest),
    certifySignature: encodeBase64url(certified.signature),
    pcrs: Object.fromEntries(PCRS.map((index) => [String(index), encodeBase64url(tpm.pcr(index))])),
    log: encodeBase64url(tpm.log),
    endorsement,
    chain: tpm.chain.map(encodeBase64url),
  }
}

export class Prover {
  readonly device: Device
  readonly tpm: SoftTpm
  readonly services: HardwareServices

  constructor(device: Device, tpm: SoftTpm, services: HardwareServices) {
    this.device = device
    this.tpm = tpm
    this.services = services
  }

  /** A challenge of now for its own key. */
  challenge(changes: Changes = {}): string {
    return this.services.challenge(this.device.did, this.tpm.keyName, this.device.clock, changes)
  }

  /** The signed message of one answer. */
  evidence(answer: Answer = {}): Signed {
    const challenge = answer.challenge ?? this.challenge()
    const nonce = answer.nonce ?? sha256(Buffer.from(challenge))
    const endorsement = this.services.endorsement(this.device.did, this.tpm)
    const evidence = { ...evidenceOf(this.tpm, this.device, endorsement, nonce, answer), ...answer.evidence }
    return this.say(challenge, evidence, answer)
  }

  /** Signs whatever is given as its evidence. */
  say(challenge: string, evidence: object, { iat = this.device.clock, epo = this.device.epoch }: Answer = {}): Signed {
    const { identity, audience } = this.device.profile
    const payload = { iss: identity.did, aud: audience, iat, epo, challenge, evidence }
    return signToken(identity, headerOf(identity, "m2m-evidence+jwt"), payload)
  }
}
