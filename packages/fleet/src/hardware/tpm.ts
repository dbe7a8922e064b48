/** A TPM of the fleet, in software: it measures, counts its resets, and signs what a real one would sign. */
import { type Identity, identityOf } from "../keys.ts"
import { activateCredential } from "./activate.ts"
import { EK_CERTIFICATE, type Maker } from "./maker.ts"
import {
  ATTRIBUTES,
  eventLogOf,
  HIERARCHIES,
  type LoggedEvent,
  nameOf,
  publicArea,
  qualified,
  sha256,
  signatureOf,
  sized,
  u8,
  u16,
  u32,
  u64,
} from "./tpm-bytes.ts"

const GENERATED = u32(0xff544347)
const CERTIFY = u16(0x8017)
const QUOTE = u16(0x8018)
const MS_PER_CALL = 100

export interface Measurement {
  readonly pcr: number
  readonly name: string
}

/** What a boot measures: one event each. */
export const digestOf = (name: string): Buffer => sha256(Buffer.from(name))

export interface Signed {
  readonly attest: Buffer
  readonly signature: Buffer
}

export interface SignOptions {
  /** The hash of the signature. */
  readonly hash?: "sha256" | "sha1"
  /** The hierarchy in which the attestation key says that it lies. */
  readonly hierarchy?: "endorsement" | "owner"
}

export class SoftTpm {
  readonly ek: Identity
  readonly ak: Identity
  readonly maker: Maker
  /** Of its endorsement key, by its maker: DER, without the root. */
  readonly chain: ReadonlyArray<Buffer>
  readonly #boot: ReadonlyArray<Measurement>
  #events: Array<LoggedEvent> = []
  #pcrs = new Map<number, Buffer>()
  #clock = 60_000
  #resets = 1
  #firmware = 0x00163636n

  constructor(seed: string, purpose: string, maker: Maker, boot: ReadonlyArray<Measurement>) {
    this.ek = identityOf(seed, `ek\0${purpose}`, "ES256", "key")
    this.ak = identityOf(seed, `ak\0${purpose}`, "ES256", "key")
    this.maker = maker
    this.chain = [maker.certify(this.ek.key, { subject: "TPM", extendedUsage: EK_CERTIFICATE })]
    this.#boot = boot
    this.#measureAll(boot)
  }

  get ekArea(): Buffer {
    return publicArea(this.ek.key, ATTRIBUTES.endorsement)
  }

  get akArea(): Buffer {
    return publicArea(this.ak.key, ATTRIBUTES.attestation)
  }

  /** As challenges name it: base64url. */
  get keyName(): string {
    return nameOf(this.akArea).toString("base64url")
  }

  /** Boots again. @param boot what is measured this time; default: as before */
  reboot(boot: ReadonlyArray<Measurement> = this.#boot): void {
    this.#resets += 1
    this.#events = []
    this.#pcrs = new Map()
    this.#measureAll(boot)
  }

  /** Its state is set back, as that of a copy. */
  setBack(resets: number): void {
    this.#resets -= resets
  }

  updateFirmware(version: bigint): void {
    this.#firmware = version
  }

  /** The value of a PCR. */
  pcr(index: number): Buffer {
    return this.#pcrs.get(index) ?? Buffer.alloc(32)
  }

  get events(): ReadonlyArray<LoggedEvent> {
    return this.#events
  }

  get log(): Buffer {
    return eventLogOf(this.#events)
  }

  /** Extends a PCR, without a word in the log. */
  extend(index: number, digest: Uint8Array): void {
    this.#pcrs.set(index, sha256(this.pcr(index), digest))
  }

  quote(indices: ReadonlyArray<number>, nonce: Uint8Array, options: SignOptions = {}): Signed {
    const bitmap = Buffer.alloc(3)
    for (const index of indices) bitmap[index >> 3]! |= 1 << (index & 7)
    const digest = sha256(...indices.map((index) => this.pcr(index)))
    const body = Buffer.concat([u32(1), u16(0x000b), u8(3), bitmap, sized(digest)])
    return this.#attest(QUOTE, nonce, body, options)
  }

  /** The secret of a credential that was made for its attestation key. @throws Error for any other */
  activate(credential: Uint8Array, seed: Uint8Array): Buffer {
    return activateCredential(this.ek.key, nameOf(this.akArea), credential, seed)
  }

  /** Certifies a key that lies in it. */
  certify(area: Uint8Array, nonce: Uint8Array, options: SignOptions = {}): Signed {
    const name = nameOf(area)
    return this.#attest(
      CERTIFY,
      nonce,
      Buffer.concat([sized(name), sized(qualified(HIERARCHIES.owner, name))]),
      options,
    )
  }

  #measureAll(boot: ReadonlyArray<Measurement>): void {
    for (const { pcr, name } of boot) {
      const digest = digestOf(name)
      this.extend(pcr, digest)
      this.#events.push({ pcr, digest, text: name })
    }
  }

  #attest(
    type: Buffer,
    nonce: Uint8Array,
    body: Buffer,
    { hash = "sha256", hierarchy = "endorsement" }: SignOptions,
  ): Signed {
    this.#clock += MS_PER_CALL
    const parent = hierarchy === "owner" ? HIERARCHIES.owner : qualified(HIERARCHIES.endorsement, nameOf(this.ekArea))
    const attest = Buffer.concat([
      GENERATED,
      type,
      sized(qualified(parent, nameOf(this.akArea))),
      sized(nonce),
      u64(this.#clock),
      u32(this.#resets),
      u32(0),
      u8(1),
      u64(Number(this.#firmware)),
      body,
    ])
    return { attest, signature: signatureOf(this.ak.key, attest, hash) }
  }
}
