/**
 * Credentials and issuers that operators have revoked (`assay revoke`): they count no more, whatever the bundle says. Each is recorded once,
 * in one partition, and concerns the devices of all; so all partitions share this.
 */
import type { DeviceCredential } from "@assay/credentials"
import { type AuditEvent, type ControlFact, parseCredentialTarget } from "@assay/trust"

type Command = Extract<ControlFact["what"], { kind: "command" }>

export class Withdrawn {
  /** In the order in which they were read: by the hash of a credential, or the DID of an issuer. */
  readonly #places = new Map<string, number>()
  /** When each was ordered, milliseconds since 1970 by the log. */
  readonly #times: Array<number> = []

  get count(): number {
    return this.#times.length
  }

  /** An event of audit.events, of whichever partition. @throws SyntaxError where the detail of a control event is no JSON */
  take({ kind, count, detail, time }: AuditEvent): void {
    // A control event that was accepted counts 1.
    if (kind !== "control" || count !== 1 || detail === null) return
    const { verb, target, revocation } = JSON.parse(detail) as Partial<Pick<Command, "verb" | "target" | "revocation">>
    // A key that is revoked moves its device, which an event of its own says.
    if (verb !== "revoke" || target === undefined || revocation === undefined || revocation.of === "key") return
    const name = revocation.of === "credential" ? parseCredentialTarget(target) : target
    if (name === null || this.#places.has(name)) return
    this.#places.set(name, this.#times.length)
    this.#times.push(time)
  }

  has(credential: DeviceCredential): boolean {
    return this.hasBefore(this.count, credential)
  }

  /** Whether one of the first so many withdraws it. */
  hasBefore(count: number, credential: DeviceCredential): boolean {
    return this.#of(credential).some((place) => place < count)
  }

  /** Whether this one withdraws it. */
  isBy(place: number, credential: DeviceCredential): boolean {
    return this.#of(credential).includes(place)
  }

  /** Those behind the first so many that withdraw one of these, in order. */
  placesOf(credentials: ReadonlyArray<DeviceCredential>, from: number): ReadonlyArray<number> {
    const places = credentials.flatMap((one) => this.#of(one)).filter((place) => place >= from)
    return [...new Set(places)].sort((a, b) => a - b)
  }

  timeOf(place: number): number {
    return this.#times[place]!
  }

  #of({ hash, terms }: DeviceCredential): ReadonlyArray<number> {
    return [hash, terms.issuer].flatMap((name) => this.#places.get(name) ?? [])
  }
}
