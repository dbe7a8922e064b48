/** A maker of hardware: a root key, and the certificates that it gives to what it makes. */
import { createPublicKey, type KeyObject, sign } from "node:crypto"
import { derive, type Identity, identityOf } from "../keys.ts"
import { bits, commonName, element, integer, oid, sequence, time } from "./der.ts"

const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"))
const CRITICAL = element(0x01, Uint8Array.of(0xff))

export const EK_CERTIFICATE = "2.23.133.8.1"

export interface CertificateTerms {
  readonly subject: string
  /** Of the certificate; default: none. */
  readonly extendedUsage?: string
  readonly isCa?: boolean
  /** Further extensions, as they are written. */
  readonly extensions?: ReadonlyArray<Uint8Array>
}

/** One extension. */
export const extension = (id: string, value: Uint8Array, critical = false): Buffer =>
  sequence(oid(id), ...(critical ? [CRITICAL] : []), element(0x04, value))

export class Maker {
  readonly name: string
  readonly #key: Identity
  readonly #seed: string
  /** Seconds since 1970. */
  readonly now: number
  /** Its own certificate, DER. */
  readonly root: Buffer
  #serial = 0

  /** @param now seconds since 1970 */
  constructor(seed: string, name: string, now: number) {
    this.name = name
    this.#seed = seed
    this.now = now
    this.#key = identityOf(seed, `maker\0${name}`, "ES256", "key")
    this.root = this.certify(this.#key.key, { subject: this.name, isCa: true })
  }

  /** @param key whose public half is certified */
  certify(key: KeyObject, terms: CertificateTerms): Buffer {
    return certificateOf(this.#key.key, this.name, key, terms, this.#serialOf(terms.subject), this.now)
  }

  #serialOf(subject: string): Buffer {
    this.#serial += 1
    return derive(this.#seed, `serial\0${this.name}\0${subject}\0${this.#serial}`).subarray(0, 8)
  }
}

/** SubjectPublicKeyInfo of a key, or of the public half of a private one. */
export const publicOf = (key: KeyObject): Buffer =>
  (key.type === "private" ? createPublicKey(key) : key).export({ format: "der", type: "spki" })

/** A certificate of version 3. @param now seconds since 1970: it is valid from a day before, for ten years */
export const certificateOf = (
  issuerKey: KeyObject,
  issuer: string,
  key: KeyObject,
  { subject, extendedUsage, isCa = false, extensions = [] }: CertificateTerms,
  serial: Uint8Array,
  now: number,
): Buffer => {
  const day = 86_400_000
  const basic = sequence(...(isCa ? [CRITICAL] : []))
  const usage = element(0x03, Uint8Array.of(isCa ? 2 : 7, isCa ? 0x04 : 0x80))
  const all = [
    extension("2.5.29.19", basic, true),
    extension("2.5.29.15", usage, true),
    ...(extendedUsage === undefined ? [] : [extension("2.5.29.37", sequence(oid(extendedUsage)))]),
    ...extensions,
  ]
  const tbs = sequence(
    element(0xa0, integer(Uint8Array.of(2))),
    integer(serial),
    ECDSA_SHA256,
    commonName(issuer),
    sequence(time(now * 1000 - day), time(now * 1000 + 3_650 * day)),
    commonName(subject),
    publicOf(key),
    element(0xa3, sequence(...all)),
  )
  return sequence(tbs, ECDSA_SHA256, bits(sign("sha256", tbs, issuerKey)))
}
