/** The part of the deployment: judges what devices say, issues passports to whom it trusts, and makes snapshots. */
import { randomBytes } from "node:crypto"
import { publishKnowledge } from "@assay/engine"
import { filterOf, type IssuedPassport, signPassport, signSnapshot } from "@assay/passport-issuer"
import { Driver, keyOf } from "@assay/testkit/driver"
import type { Origin } from "@assay/trust"
import { type DeviceClass, DOMAIN, type Plant } from "./plant.ts"

const HOUR = 3_600
const OUTCOMES = ["verified", "annotated", "quarantined"] as const

/** What the pipeline found of a message. */
export interface Judged {
  readonly outcome: string
  readonly reasons: ReadonlyArray<string>
  /** What the device reports in it, where it is a report. */
  readonly body: unknown
  readonly digest: string | null
}

export class Deployment {
  readonly #plant: Plant
  readonly #driver: Driver
  readonly #issued = new Map<string, IssuedPassport>()

  private constructor(plant: Plant, driver: Driver) {
    this.#plant = plant
    this.#driver = driver
  }

  static async open(plant: Plant): Promise<Deployment> {
    const driver = await Driver.open({ roots: plant.rootSet, now: plant.now })
    await publishKnowledge(driver.log, "bundle", plant.bundle)
    await publishKnowledge(driver.log, "policy", plant.policy)
    return new Deployment(plant, driver)
  }

  /** Puts the slice of a zone into force. */
  async activate(slice: Uint8Array): Promise<void> {
    await publishKnowledge(this.#driver.log, "passport-policy", slice)
    await this.#driver.settle()
  }

  /** @param now milliseconds since 1970 */
  async judge(did: string, messages: ReadonlyArray<Uint8Array>, now: number): Promise<ReadonlyArray<Judged>> {
    this.#driver.now = Math.max(this.#driver.now, now)
    const origins: Array<Origin> = []
    for (const bytes of messages) origins.push(await this.#driver.say(did, bytes))
    await this.#driver.settle()
    const streams = await Promise.all(OUTCOMES.map((outcome) => this.#driver.decisions(outcome)))
    const kept = new Map(streams.flat().map((message) => [keyOf(message.origin), message]))
    return origins.map((origin) => {
      const claims = kept.get(keyOf(origin))?.claims ?? null
      const body = claims?.kind === "message" && claims.body !== null ? JSON.parse(claims.body) : null
      const { outcome = "none", reasons = [] } = this.#driver.decidedAt(origin)?.decision ?? {}
      return { outcome, reasons, body, digest: claims?.digest ?? null }
    })
  }

  /**
   * A passport for a device that is trusted, and for nobody else.
   * @param issued seconds since 1970
   */
  async passport(did: string, name: DeviceClass, issued: number): Promise<IssuedPassport> {
    const last = this.#driver.decided.findLast(({ device }) => device === did)
    const { trust = null, reputation = null } = last?.decision ?? {}
    if (trust !== "trusted") throw new Error(`${did} is ${trust}: it gets no passport`)
    const passport = await signPassport(
      {
        sub: did,
        aud: DOMAIN,
        iat: issued,
        exp: issued + 24 * HOUR,
        jti: randomBytes(8).toString("base64url"),
        "ear.status": "none",
        m2m: {
          trust,
          reputation: Math.floor((reputation ?? 0) * 100),
          zone: this.#plant.zoneOf(name),
          class: name,
          assurance: "software",
          acts: ["telemetry", "event", "command"],
          audiences: [`${DOMAIN}*`],
          log: null,
        },
      },
      this.#plant.signer,
    )
    this.#issued.set(did, passport)
    return passport
  }

  /** A snapshot in which the passports of these devices are. @param issued seconds since 1970 */
  snapshot(revoked: ReadonlyArray<string>, version: number, issued: number): Promise<Uint8Array> {
    const serials = revoked.map((did) => this.#issued.get(did)!.claims.jti)
    return signSnapshot({ aud: DOMAIN, iat: issued, version, ...filterOf(serials), nonce: null }, this.#plant.signer)
  }

  close(): Promise<void> {
    return this.#driver.close()
  }
}
