/** Who makes challenges, endorses and says what hardware may show, in a world whose devices have some. */
import {
  type Endorsements,
  type EvidenceContext,
  type OpenedEndorsements,
  openEndorsements,
  type References,
  referencesSubject,
  verifyOnce,
} from "@assay/attestation"
import { derive, type Identity, identityOf } from "../keys.ts"
import { TRUST_DOMAIN, VENDOR } from "../plant.ts"
import { headerOf, signToken } from "../token.ts"
import { Maker } from "./maker.ts"
import { LAYERS } from "./roots-of-trust.ts"
import { digestOf, type Measurement, SoftTpm } from "./tpm.ts"
import { nameOf, sha256 } from "./tpm-bytes.ts"

const DAY_MS = 86_400_000
const RENEW_MS = DAY_MS

/** What a good boot measures. */
export const BOOT: ReadonlyArray<Measurement> = [
  { pcr: 0, name: "firmware 1.8" },
  { pcr: 1, name: "platform configuration" },
  { pcr: 2, name: "no option ROM" },
  { pcr: 4, name: "loader 2.1" },
  { pcr: 4, name: "kernel 6.12" },
  { pcr: 7, name: "secure boot on" },
]
export const PCRS: ReadonlyArray<number> = [0, 1, 2, 4, 7]

/** What may stand otherwise in a token than an honest service writes it. */
export type Changes = Readonly<Record<string, unknown>>

export class HardwareServices {
  readonly seed: string
  /** Seconds since 1970. */
  readonly now: number
  readonly deviceClass: string
  readonly challenger: Identity
  readonly endorser: Identity
  readonly referencer: Identity
  readonly maker: Maker
  /** In no endorsements. */
  readonly unknownMaker: Maker
  #challenges = 0

  constructor(seed: string, now: number, deviceClass: string) {
    this.seed = seed
    this.now = now
    this.deviceClass = deviceClass
    this.challenger = identityOf(seed, "challenger", "Ed25519", "key")
    this.endorser = identityOf(seed, "endorser", "ES256", "key")
    this.referencer = identityOf(seed, "signer of reference values", "Ed25519", "key")
    this.maker = new Maker(seed, "TPM maker", now)
    this.unknownMaker = new Maker(seed, "another maker", now)
  }

  tpm(purpose: string, maker = this.maker, boot = BOOT): SoftTpm {
    return new SoftTpm(this.seed, purpose, maker, boot)
  }

  /** A challenge. @param at seconds since 1970; each is a little later than the one before */
  challenge(device: string, key: string, at: number, changes: Changes = {}, signer = this.challenger): string {
    this.#challenges += 1
    const iat = at + this.#challenges / 1000
    const jti = derive(this.seed, `challenge\0${device}\0${this.#challenges}`).toString("base64url")
    const claims = { sub: device, aud: TRUST_DOMAIN, iat, exp: Math.floor(at) + 300, jti, purpose: "attestation", key }
    return this.#token(signer, "assay-challenge+jwt", { ...claims, ...changes })
  }

  /** Of a TPM that proved to hold both keys, for the device whose it is. */
  endorsement(device: string, tpm: SoftTpm, changes: Changes = {}, signer = this.endorser): string {
    const claims = {
      sub: device,
      aud: TRUST_DOMAIN,
      iat: this.now,
      exp: this.now + 90 * 86_400,
      jti: derive(this.seed, `endorsement\0${device}\0${tpm.keyName}`).toString("base64url"),
      ak: tpm.keyName,
      ek: nameOf(tpm.ekArea).toString("base64url"),
      cert: sha256(tpm.chain[0]!).toString("base64url"),
    }
    return this.#token(signer, "assay-endorsement+jwt", { ...claims, ...changes })
  }

  /** Knowledge of the vendor, not signed yet. @param changes of the appraisal */
  endorsements(version = 1, days = 30, changes: Partial<Endorsements["appraisal"]> = {}): Endorsements {
    return {
      version,
      issued: this.now * 1000 - DAY_MS,
      expires: this.now * 1000 + days * DAY_MS,
      vendor: VENDOR,
      appraisal: {
        algorithms: ["ES256"],
        pcrs: PCRS,
        eventLog: "required",
        resets: "stated",
        renewMs: RENEW_MS,
        ...changes,
      },
      roots: (["tpm2", "dice", "psa", "eat", "secure-element"] as const).map((format) => ({
        name: this.maker.name,
        format,
        certificate: this.maker.root.toString("base64"),
      })),
      revoked: [],
    }
  }

  /** What a good boot shows, of which some may be listed otherwise. */
  references(
    version = 1,
    days = 30,
    statuses: Readonly<Record<string, "good" | "vulnerable" | "revoked">> = {},
  ): References {
    const value = (name: string) => ({
      digest: digestOf(name).toString("hex"),
      name,
      status: statuses[name] ?? ("good" as const),
    })
    const indices = [...new Set(BOOT.map(({ pcr }) => pcr))]
    return {
      version,
      issued: this.now * 1000 - DAY_MS,
      expires: this.now * 1000 + days * DAY_MS,
      vendor: VENDOR,
      class: this.deviceClass,
      formats: ["tpm2", "dice", "psa", "eat", "secure-element"],
      measurements: "listed",
      pcrs: [],
      events: indices.map((index) => ({
        index,
        values: BOOT.filter(({ pcr }) => pcr === index).map(({ name }) => value(name)),
      })),
      tpmFirmware: [],
      components: LAYERS.map(value),
    }
  }

  /** What the evidence of a device is verified under. */
  contextOf(device: string, endorsements: OpenedEndorsements = openEndorsements(this.endorsements())): EvidenceContext {
    return {
      device,
      trustDomain: TRUST_DOMAIN,
      time: this.now * 1000,
      challengers: [this.challenger.did],
      endorsers: [this.endorser.did],
      endorsements,
      verify: verifyOnce,
    }
  }

  get subject(): string {
    return referencesSubject(VENDOR, this.deviceClass)
  }

  #token(signer: Identity, typ: string, claims: object): string {
    return signToken(signer, headerOf(signer, typ), { iss: signer.did, ...claims }).bytes.toString("latin1")
  }
}
