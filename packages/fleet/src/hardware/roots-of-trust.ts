/** Other roots of trust than a TPM, in software: a DICE, a chip with a token of PSA or EAT, and a secure element. */
import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto"
import { encodeCbor as cbor, type Encodable, SIGN1_TAG, signingInputOf } from "@assay/cose"
import { encodeBase64url } from "@assay/did"
import type { Device } from "../device.ts"
import { derive, identityOf } from "../keys.ts"
import { element, oid, sequence } from "./der.ts"
import { certificateOf, extension, type Maker, publicOf } from "./maker.ts"
import { digestOf } from "./tpm.ts"

const SHA256 = oid("2.16.840.1.101.3.4.2.1")
export const LAYERS = ["first layer", "application 3.2"] as const

/** As challenges name the key of a leaf. */
export const leafName = (key: KeyObject): string => createHash("sha256").update(publicOf(key)).digest("base64url")

export interface DiceOptions {
  /** What the last layer measured of the application. */
  readonly fwid?: string
  /** Open for debugging. */
  readonly debug?: true
}

const tcbInfo = (name: string, debug: boolean): Buffer =>
  extension(
    "2.23.133.5.4.1",
    sequence(
      element(0xa6, sequence(SHA256, element(0x04, digestOf(name)))),
      ...(debug ? [element(0x87, Uint8Array.of(4, 0x10))] : []),
    ),
    true,
  )

/** The chain of a device whose key is that of the last layer. */
export const diceChain = (
  maker: Maker,
  seed: string,
  device: Device,
  { fwid = LAYERS[1], debug }: DiceOptions = {},
): ReadonlyArray<Buffer> => {
  const first = identityOf(seed, `dice\0${device.did}`, "ES256", "key")
  const serial = derive(seed, `dice serial\0${device.did}\0${fwid}`).subarray(0, 8)
  const upper = maker.certify(first.key, { subject: "layer 0", isCa: true, extensions: [tcbInfo(LAYERS[0], false)] })
  const terms = { subject: "layer 1", extensions: [tcbInfo(fwid, debug === true)] }
  return [certificateOf(first.key, "layer 0", device.profile.identity.key, terms, serial, maker.now), upper]
}

export const diceEvidence = (chain: ReadonlyArray<Uint8Array>, device: Device, challenge: string): object => {
  const { identity } = device.profile
  return {
    format: "dice",
    chain: chain.map(encodeBase64url),
    signature: encodeBase64url(sign("sha256", digestOf(challenge), identity.key)),
  }
}

const sign1 = (claims: ReadonlyMap<number, Encodable>, key: KeyObject): Buffer => {
  const header = cbor(new Map([[1, -7]]))
  const payload = cbor(claims)
  const signature = sign("sha256", signingInputOf(header, payload), { key, dsaEncoding: "ieee-p1363" })
  return Buffer.concat([Uint8Array.of(SIGN1_TAG), cbor([header, new Map(), payload, signature])])
}

/** A chip that signs tokens with a key of its own. */
export class TokenChip {
  readonly key: KeyObject
  readonly chain: ReadonlyArray<Buffer>

  constructor(seed: string, purpose: string, maker: Maker) {
    this.key = identityOf(seed, `token chip\0${purpose}`, "ES256", "key").key
    this.chain = [maker.certify(this.key, { subject: "token chip" })]
  }

  get keyName(): string {
    return leafName(this.key)
  }

  /** @param lifecycle 0x3000: secured; 0x4000: open for debugging outside of the root of trust */
  psa(challenge: string, lifecycle = 0x3000, components: ReadonlyArray<string> = LAYERS): object {
    const claims = new Map<number, Encodable>([
      [10, digestOf(challenge)],
      [256, Buffer.concat([Uint8Array.of(1), Buffer.alloc(32, 5)])],
      [2394, -1],
      [2395, lifecycle],
      [2396, Buffer.alloc(32, 6)],
      [
        2399,
        components.map(
          (name) =>
            new Map<number, Encodable>([
              [1, name],
              [2, digestOf(name)],
              [5, Buffer.alloc(32, 7)],
            ]),
        ),
      ],
      [265, "tag:psacertified.org,2023:psa#tfm"],
    ])
    return { format: "psa", token: encodeBase64url(sign1(claims, this.key)), chain: this.chain.map(encodeBase64url) }
  }

  /** @param confirmed the key that the token speaks for */
  eat(challenge: string, confirmed: KeyObject, debug = 3, measurements: ReadonlyArray<string> = LAYERS): object {
    const { x, y } = createPublicKey(confirmed).export({ format: "jwk" })
    const coordinates = [x, y].map((one) => Buffer.from(one!, "base64url"))
    const coseKey = new Map<number, Encodable>([
      [1, 2],
      [-1, 1],
      [-2, coordinates[0]!],
      [-3, coordinates[1]!],
    ])
    const claims = new Map<number, Encodable>([
      [8, new Map<number, Encodable>([[1, coseKey]])],
      [10, digestOf(challenge)],
      [256, Buffer.alloc(17, 1)],
      [262, true],
      [263, debug],
      [273, measurements.map((name) => [60, Buffer.from(name)])],
    ])
    return { format: "eat", token: encodeBase64url(sign1(claims, this.key)), chain: this.chain.map(encodeBase64url) }
  }
}

/** The certificate that a maker gave to the chip in which the device's key lies. */
export const elementEvidence = (maker: Maker, key: KeyObject): object => ({
  format: "secure-element",
  chain: [encodeBase64url(maker.certify(key, { subject: "secure element" }))],
})
