/**
 * Credentials, issuers and keys of issuers that operators have revoked (`assay revoke`): they count no more, whatever the bundle says. Each is
 * recorded once, in one partition, and concerns the devices of all; so all partitions share this.
 */
import type { BundleView, DeviceCredential } from "@assay/credentials"
import { encodeDidKey, type PublicKey } from "@assay/did"
import { hasDocument } from "@assay/did-document"
import {
  type AuditEvent,
  type ControlFact,
  documentKeyTarget,
  parseCredentialTarget,
  parseDocumentKeyTarget,
  type Revocable,
} from "@assay/trust"

type Command = Extract<ControlFact["what"], { kind: "command" }>

/** Of an issuer's key that is not known: any of its keys may have signed. */
const anyKeyOf = (issuer: string): string => `${issuer}#`

/** By which it may be revoked: itself, its issuer, or the key of its issuer's document. */
export const namesOf = ({ hash, terms: { issuer, signer } }: DeviceCredential): ReadonlyArray<string> => {
  if (!hasDocument(issuer)) return [hash, issuer]
  return [hash, issuer, signer === undefined ? anyKeyOf(issuer) : documentKeyTarget({ did: issuer, keyId: signer })]
}

/** What a revocation ends, as `namesOf` has it. */
const endedBy = (of: Revocable, target: string): ReadonlyArray<string> => {
  // Keys that devices sign with: of a DID that is its key an event of its own says what becomes of the device.
  if (of === "key" || of === "document-key") return []
  if (of === "issuer") return [target]
  if (of === "credential") return [parseCredentialTarget(target) ?? []].flat()
  const key = parseDocumentKeyTarget(target)
  return key === null ? [] : [target, anyKeyOf(key.did)]
}

export class Withdrawn {
  /** In the order in which they were read, by what they end. */
  readonly #places = new Map<string, ReadonlyArray<number>>()
  /** When each was ordered, milliseconds since 1970 by the log. */
  readonly #times: Array<number> = []
  /** Keys of devices' documents, as their targets name them. */
  readonly #keys = new Set<string>()

  get count(): number {
    return this.#times.length
  }

  /** How many keys of devices' documents are revoked. */
  get keys(): number {
    return this.#keys.size
  }

  hasKey(did: string, key: PublicKey): boolean {
    return this.#keys.size > 0 && this.#keys.has(documentKeyTarget({ did, keyId: encodeDidKey(key) }))
  }

  /** An event of audit.events, of whichever partition. @throws SyntaxError where the detail of a control event is no JSON */
  take({ kind, count, detail, time }: AuditEvent): void {
    // A control event that was accepted counts 1.
    if (kind !== "control" || count !== 1 || detail === null) return
    const { verb, target, revocation } = JSON.parse(detail) as Partial<Pick<Command, "verb" | "target" | "revocation">>
    if (verb !== "revoke" || target === undefined || revocation === undefined) return
    if (revocation.of === "document-key") this.#keys.add(target)
    const names = endedBy(revocation.of, target)
    const [name] = names
    if (name === undefined || this.#places.has(name)) return
    for (const one of names) this.#places.set(one, [...this.#of([one]), this.#times.length])
    this.#times.push(time)
  }

  has(credential: DeviceCredential): boolean {
    return this.hasBefore(this.count, credential)
  }

  /** Whether it stands on a status list that a key has signed which is withdrawn: such a list lifts nothing. */
  hasListOf({ terms }: DeviceCredential, view: BundleView): boolean {
    const names = view.weigh(terms).lists.flatMap((list) => list?.signer ?? [])
    return names.some((keyId) => this.#places.has(documentKeyTarget({ did: terms.issuer, keyId })))
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
