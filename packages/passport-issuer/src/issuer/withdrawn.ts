/**
 * Credentials and issuers that operators have revoked (`assay revoke`): they count no more, whatever the bundle says. Each is recorded once,
 * in one partition, and concerns the devices of all; so all partitions share this.
 */
import type { DeviceCredential } from "@assay/credentials"
import { type AuditEvent, type ControlFact, parseCredentialTarget } from "@assay/trust"

type Command = Extract<ControlFact["what"], { kind: "command" }>

/** By which it may be revoked: itself, or its issuer. */
export const namesOf = ({ hash, terms }: DeviceCredential): ReadonlyArray<string> => [hash, terms.issuer]

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
    return this.#of(namesOf(credential)).some((place) => place < count)
  }

  /** Whether this one withdraws what has one of these names. */
  isBy(place: number, names: ReadonlyArray<string>): boolean {
    return this.#of(names).includes(place)
  }

  /** Those behind the first so many that withdraw one of these names, or any at all where names is null; in order. */
  placesOf(names: ReadonlyArray<string> | null, from: number): ReadonlyArray<number> {
    const places = names === null ? [...this.#times.keys()] : this.#of(names)
    return [...new Set(places)].filter((place) => place >= from).sort((a, b) => a - b)
  }

  timeOf(place: number): number {
    return this.#times[place]!
  }

  #of(names: ReadonlyArray<string>): ReadonlyArray<number> {
    return names.flatMap((name) => this.#places.get(name) ?? [])
  }
}
