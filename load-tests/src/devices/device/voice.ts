/** Signs what the device says, in its one sequence (`m2m-message+jwt`), and keeps it for the pipeline. */
import { createHash, createPrivateKey, type KeyObject, sign } from "node:crypto"
import type { DeviceConfig, Place } from "./config.ts"

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url")

export class Voice {
  readonly outbox: Array<Buffer> = []
  readonly #config: DeviceConfig
  readonly #key: KeyObject
  #place: Place
  readonly #now: () => number

  constructor(config: DeviceConfig, place: Place, now: () => number) {
    this.#config = config
    this.#key = createPrivateKey(config.key)
    this.#place = place
    this.#now = now
  }

  get place(): Place {
    return this.#place
  }

  signature(input: Uint8Array): Buffer {
    return this.#config.alg === "Ed25519"
      ? sign(null, input, this.#key)
      : sign("sha256", input, { key: this.#key, dsaEncoding: "ieee-p1363" })
  }

  /** @param content `senml` for telemetry, else `body` */
  message(aud: string, act: string, content: object): { readonly bytes: Buffer; readonly digest: string } {
    const { epo, seq, prv } = this.#place
    const { did } = this.#config
    const signed = this.#token("m2m-message+jwt", { iss: did, aud, iat: this.#now(), act, epo, seq, prv, ...content })
    this.#place = { epo, seq: seq + 1, prv: signed.digest }
    return signed
  }

  presentation(aud: string, credential: string): void {
    this.#token("m2m-presentation+jwt", { iss: this.#config.did, aud, iat: this.#now(), vc: [credential] })
  }

  #token(typ: string, claims: object): { readonly bytes: Buffer; readonly digest: string } {
    const { alg, kid } = this.#config
    const input = Buffer.from(`${part({ alg, kid, typ })}.${part(claims)}`)
    const bytes = Buffer.concat([input, Buffer.from(`.${this.signature(input).toString("base64url")}`)])
    this.outbox.push(bytes)
    return { bytes, digest: createHash("sha256").update(input).digest("base64url") }
  }
}
