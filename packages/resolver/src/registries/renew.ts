/**
 * Renews what trust registries answered, before it ends: the questions of the item in force are asked again, and what is answered now is
 * signed, by as many resolvers as the bundle asks for, and handed in. Which questions there are, a person decides
 * (`assay registry query`); nothing is added to them here. Times in milliseconds.
 */
import { pauseMs } from "@assay/bounded"
import { dsseSignWith, type RemoteKey } from "@assay/jose"
import { TRUST_REGISTRY_TYPE } from "@assay/knowledge"
import type { RegistryAnswer, RegistryAnswers, TrustBundle, TrustedRegistry } from "@assay/trust"
import type { Get } from "../fetch/get.ts"
import { askAll, nameOfQuestion, questionsOf } from "../trqp/ask-all.ts"
import { gatherVouches, type Peer } from "../vouch/ask.ts"

export interface RenewOptions {
  readonly get: Get
  readonly key: RemoteKey
  readonly peers: ReadonlyArray<Peer>
  /** Where authorities behind a registry answer, by their id; a registry of the bundle answers where that says. */
  readonly through: ReadonlyMap<string, string>
  readonly publish: (signed: Uint8Array) => Promise<void>
  readonly report: (message: string, cause: unknown) => void
  readonly onHandedIn: (authority: string, detail: string) => void
  readonly now: () => number
  /** 0 to 1. */
  readonly random?: () => number
}

interface Followed {
  item: RegistryAnswers
  due: number
  failures: number
  looking: boolean
}

const PAUSES = { firstMs: 5_000, longestMs: 600_000 }

/** The first answer that ends, or the item. */
const endOf = ({ expires, answers }: RegistryAnswers): number =>
  answers.reduce((first: number, answer: RegistryAnswer) => Math.min(first, answer.expires), expires)

export class Registries {
  readonly #options: RenewOptions
  readonly #followed = new Map<string, Followed>()
  readonly #looks = new Set<Promise<void>>()
  #bundle: TrustBundle | null = null
  #isStopping = false

  constructor(options: RenewOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#followed.size
  }

  /** A bundle in force. Each partition tells of it; the newest counts. */
  trust(bundle: TrustBundle | null): void {
    if (bundle === null || bundle.version <= (this.#bundle?.version ?? -1)) return
    this.#bundle = bundle
    for (const authority of this.#followed.keys())
      if (this.#registryOf(authority) === undefined) this.#followed.delete(authority)
  }

  /** What a registry answered came into force. */
  inForce(item: RegistryAnswers): void {
    if (this.#registryOf(item.authority) === undefined) return
    const known = this.#followed.get(item.authority)
    if (known !== undefined && item.checked <= known.item.checked) return
    const { random = Math.random } = this.#options
    // Two resolvers do not renew at the same moment: the later one finds that it is done.
    const due = item.checked + (endOf(item) - item.checked) * (0.5 + random() / 4)
    this.#followed.set(item.authority, { item, due, failures: 0, looking: known?.looking ?? false })
  }

  /** Renews what is due. @returns when it is done. Never rejects */
  async look(): Promise<void> {
    const now = this.#options.now()
    for (const followed of this.#followed.values()) {
      if (this.#isStopping) break
      if (followed.looking || followed.due > now) continue
      followed.looking = true
      const look = this.#renew(followed).finally(() => {
        followed.looking = false
        this.#looks.delete(look)
      })
      this.#looks.add(look)
    }
    while (this.#looks.size > 0) await Promise.all(this.#looks)
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    while (this.#looks.size > 0) await Promise.all(this.#looks)
  }

  async #renew(followed: Followed): Promise<void> {
    const { authority } = followed.item
    const registry = this.#registryOf(authority)
    if (registry === undefined) return
    const { peers: others } = this.#options
    if (others.length + 1 < registry.resolvers) {
      followed.due = Number.POSITIVE_INFINITY
      const detail = `${registry.resolvers} resolvers sign, and ${others.length} others are named (--peers)`
      this.#options.report(`the answers of the registry ${authority} are not renewed here`, new Error(detail))
      return
    }
    try {
      const body = await this.#askAgain(followed.item, registry)
      const { key, peers, publish, onHandedIn } = this.#options
      const own = await dsseSignWith(TRUST_REGISTRY_TYPE, Buffer.from(JSON.stringify(body)), [key])
      const dids = this.#bundle?.resolvers?.dids ?? []
      await publish(await gatherVouches(own, TRUST_REGISTRY_TYPE, registry.resolvers, dids, peers))
      this.inForce(body)
      onHandedIn(authority, `${body.answers.length} answers, until ${new Date(body.expires).toISOString()}`)
    } catch (cause) {
      const now = this.#options.now()
      followed.failures++
      followed.due = now + Math.ceil(pauseMs(PAUSES, followed.failures, this.#options.random ?? Math.random))
      this.#options.report(`the answers of the registry ${authority} were not renewed`, cause)
    }
  }

  /** @throws Error where one of the questions got no answer, but that the registry knows none of it */
  async #askAgain(item: RegistryAnswers, registry: TrustedRegistry): Promise<RegistryAnswers> {
    const { get, now, through } = this.#options
    const asked = questionsOf(item, registry, through)
    if ("unknown" in asked) throw new Error(`it is not known where ${asked.unknown} answers: name it with --through`)
    const { answers, unanswered } = await askAll({ get, now, maxAgeMs: registry.maxAgeMs }, asked)
    const failed = unanswered.find(({ reason }) => reason !== "not_found")
    if (failed !== undefined) throw new Error(`${nameOfQuestion(failed.question)}: ${failed.reason}: ${failed.detail}`)
    if (answers.length === 0) throw new Error("it knows none of what it was asked any more")
    const checked = now()
    const { authority, framework, maxAgeMs } = registry
    return { authority, framework, checked, expires: checked + maxAgeMs, answers }
  }

  #registryOf(authority: string): TrustedRegistry | undefined {
    return this.#bundle?.registries?.find((one) => one.authority === authority)
  }
}
