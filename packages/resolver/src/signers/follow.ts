/**
 * Issuers and operators whose keys stand in documents: those that the bundle names, and issuers that a registry of the bundle
 * authorizes. Nobody has to ask for their documents. They are looked at more often than a device's, since a key that is given up must
 * not count for hours, and handed in where they have changed, or are old: each lies on every partition. Pure; times in milliseconds.
 */
import { createHash } from "node:crypto"
import { hasDocument } from "@assay/did-document"
import type { DidDocumentBody } from "@assay/knowledge"
import type { RegistryAnswers, TrustBundle } from "@assay/trust"
import type { Schedule } from "../schedule/schedule.ts"

export interface SignerOptions {
  readonly schedule: Pick<Schedule, "keep" | "drop" | "again">
  /** A document is looked at again after so long. */
  readonly everyMs: number
  /** And handed in after so long where it stays the same. */
  readonly softMs: number
  readonly now: () => number
}

/** Issuers that registries name; those of the bundle are always followed. */
const MAX_REGISTERED = 256

/** What is in force of a signer. */
interface Seen {
  readonly checked: number
  readonly digest: string
}

const digestOf = ({ published, witness }: Pick<DidDocumentBody, "published" | "witness">): string =>
  createHash("sha256")
    .update(published)
    .update("\n")
    .update(witness ?? "")
    .digest("base64")

export class Signers {
  readonly #options: SignerOptions
  readonly #registered = new Map<string, ReadonlyArray<string>>()
  readonly #seen = new Map<string, Seen>()
  #bundle: TrustBundle | null = null
  #followed: ReadonlySet<string> = new Set()

  constructor(options: SignerOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#followed.size
  }

  has(did: string): boolean {
    return this.#followed.has(did)
  }

  /** A bundle in force. Each partition tells of it; the newest counts. */
  trust(bundle: TrustBundle | null): void {
    if (bundle === null || bundle.version <= (this.#bundle?.version ?? -1)) return
    this.#bundle = bundle
    this.#follow()
  }

  /** What a registry answered came into force. Which registries count, the bundle says. */
  answered({ authority, answers }: RegistryAnswers): void {
    const dids = answers
      .filter(({ query, holds, entity }) => query === "authorization" && holds && hasDocument(entity))
      .map(({ entity }) => entity)
    const before = this.#registered.get(authority) ?? []
    if (dids.length === before.length && dids.every((did, n) => did === before[n])) return
    this.#registered.set(authority, dids)
    this.#follow()
  }

  /** A document came into force, as the log has it. */
  inForce({ did, checked, ...published }: Pick<DidDocumentBody, "did" | "checked" | "published" | "witness">): void {
    if (checked >= (this.#seen.get(did)?.checked ?? 0)) this.#seen.set(did, { checked, digest: digestOf(published) })
  }

  /** Whether a document that was found is to be handed in. Where it is not, it is looked at again by itself. */
  isNews(body: DidDocumentBody): boolean {
    const { schedule, everyMs, softMs, now } = this.#options
    const seen = this.#seen.get(body.did)
    const isSame = seen?.digest === digestOf(body) && body.checked - seen.checked < softMs
    if (isSame) schedule.again(body.did, now() + everyMs)
    return !isSame
  }

  /** It was handed in. */
  handedIn(body: DidDocumentBody): void {
    const { schedule, everyMs, now } = this.#options
    this.inForce(body)
    schedule.again(body.did, now() + everyMs)
  }

  #follow(): void {
    const { schedule, now } = this.#options
    const { issuers = [], operators = [], registries = [] } = this.#bundle ?? {}
    const registered = registries.flatMap(({ authority }) => this.#registered.get(authority) ?? [])
    const named = [...issuers, ...operators].map(({ did }) => did).filter(hasDocument)
    const next = new Set([...named, ...registered.slice(0, MAX_REGISTERED)])
    for (const did of this.#followed)
      if (!next.has(did)) {
        schedule.drop(did)
        this.#seen.delete(did)
      }
    for (const did of next) if (!this.#followed.has(did)) schedule.keep(did, now())
    this.#followed = next
  }
}
