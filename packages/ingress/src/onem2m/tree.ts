/** The resources of a CSE as the adapter uses them: its own AE, containers, subscriptions and content instances (TS-0004, clause 7.4). */
import type { CseClient } from "./client.ts"
import { type Instance, instanceIn, lastSegment } from "./notification.ts"
import {
  type Attributes,
  CseRefusalError,
  isObject,
  RSC,
  requireCode,
  resourceIn,
  TYPE,
  textIn,
  wholeIn,
} from "./primitive.ts"
import { writeTimestamp } from "./timestamp.ts"

export interface TreeOptions {
  readonly client: CseClient
  /** `/id-in/cse-in`. */
  readonly cseBase: string
  readonly aeId: string
  readonly label: string
  /** Where notifications go (`nu`): a URL, or the AE-ID. */
  readonly notifyAt: string
  /** Whether a request reaches the AE; else it has a polling channel. */
  readonly isReachable: boolean
  readonly mediaType: string
  /** Instances in one notification. */
  readonly batch: number
}

export interface Container {
  readonly resourceId: string
  /** As the CSE found it. */
  readonly address: string
  readonly stateTag: number | null
  /** Of the AE that it belongs to; null where that cannot be read. */
  readonly aeId: string | null
}

/** Releases that the AE takes (supportedReleaseVersions). */
const RELEASES = ["2a", "3", "4", "5"]
const EVENTS = [1, 2, 3]
/** The CSE collects for so long at most (`bn/dur`). */
const BATCH_DURATION = "PT1S"
/** Containers, and what an answer of a discovery may hold. */
const MAX_CONTAINERS = 10_000
/** Above a container: other containers, and at the end its AE. */
const MAX_DEPTH = 16

const isMissing = ({ rsc }: CseRefusalError): boolean => rsc === RSC.notFound

const addressesIn = (content: unknown): ReadonlyArray<string> => {
  const list = isObject(content) ? content["m2m:uril"] : null
  const all = typeof list === "string" ? list.split(" ") : Array.isArray(list) ? list : []
  return all.filter((one): one is string => typeof one === "string" && one !== "" && one.length <= 4_096)
}

const sameList = (one: unknown, other: ReadonlyArray<unknown>): boolean => JSON.stringify(one) === JSON.stringify(other)

export class Tree {
  readonly #options: TreeOptions
  /** AE-IDs by the resource id of what is between. */
  readonly #aes = new Map<string, string | null>()

  constructor(options: TreeOptions) {
    this.#options = options
  }

  get #ae(): string {
    return `${this.#options.cseBase}/${this.#options.aeId}`
  }

  /** The name of our subscription below each container. */
  get #subscription(): string {
    return `assay-${this.#options.aeId}`
  }

  async #retrieve(to: string, what: string): Promise<Attributes> {
    return resourceIn(await this.#options.client.request({ operation: "retrieve", to }), what, RSC.ok)
  }

  /** @returns null where it is not there */
  async #find(to: string, what: string): Promise<Attributes | null> {
    try {
      return await this.#retrieve(to, what)
    } catch (cause) {
      if (cause instanceof CseRefusalError && isMissing(cause)) return null
      throw cause
    }
  }

  /**
   * Registers the AE, or brings what the CSE has of it up to date. @throws CseUnreachableError, CseRefusalError
   * @returns whether it was registered anew: the CSE has forgotten everything of ours then
   */
  async register(): Promise<boolean> {
    const { client, cseBase, aeId, notifyAt, isReachable, mediaType } = this.#options
    const wanted = { rr: isReachable, csz: [mediaType], ...(isReachable ? { poa: [notifyAt] } : {}) }
    const what = `registration of ${aeId}`
    const resource = { rn: aeId, api: `N${aeId}`, srv: RELEASES, ...wanted }
    const there = await this.#own()
    if (there === null) {
      const content = { "m2m:ae": resource }
      const made = await client.request({ operation: "create", to: cseBase, type: TYPE.ae, content })
      resourceIn(made, what, RSC.created)
      return true
    }
    const isUpToDate = Object.entries(wanted).every(([name, value]) =>
      Array.isArray(value) ? sameList(there[name], value) : there[name] === value,
    )
    if (isUpToDate) return false
    const content = { "m2m:ae": wanted }
    requireCode(await client.request({ operation: "update", to: this.#ae, content }), what, RSC.updated)
    return false
  }

  /** Null where it is not registered. A CSE may say that to whom it does not know as a lack of rights. */
  async #own(): Promise<Attributes | null> {
    try {
      return await this.#find(this.#ae, `retrieving ${this.#options.aeId}`)
    } catch (cause) {
      if (cause instanceof CseRefusalError && cause.rsc === RSC.originatorHasNoPrivilege) return null
      throw cause
    }
  }

  /** The polling channel of the AE, made where it is not there. @returns the address to fetch from */
  async pollingChannel(): Promise<string> {
    const name = `assay-${this.#options.aeId}-channel`
    const address = `${this.#ae}/${name}`
    if ((await this.#find(address, "retrieving the polling channel")) === null) {
      const content = { "m2m:pch": { rn: name } }
      const request = { operation: "create", to: this.#ae, type: TYPE.pollingChannel, content } as const
      resourceIn(await this.#options.client.request(request), "making a polling channel", RSC.created)
    }
    return `${address}/pcu`
  }

  /** The addresses of the containers with the label. @throws CseUnreachableError, CseRefusalError */
  async containers(): Promise<ReadonlyArray<string>> {
    const { client, cseBase, label } = this.#options
    const query = { fu: 1, ty: TYPE.container, lbl: label }
    const found = await client.request({ operation: "retrieve", to: cseBase, query })
    requireCode(found, `discovery of containers labelled ${label}`, RSC.ok)
    return addressesIn(found.content).slice(0, MAX_CONTAINERS)
  }

  /** @returns null where it is not there any more. @throws CseUnreachableError, CseRefusalError */
  async container(address: string): Promise<Container | null> {
    const resource = await this.#find(address, `retrieving ${address}`)
    if (resource === null) return null
    const resourceId = textIn(resource, "ri")
    if (resourceId === null) throw new CseRefusalError(RSC.ok, `retrieving ${address}: it has no resource id (ri)`)
    const aeId = await this.#aeAbove(textIn(resource, "pi"))
    return { resourceId: lastSegment(resourceId), address, stateTag: wholeIn(resource, "st"), aeId }
  }

  /** Up to the AE, as far as it may be read. */
  async #aeAbove(parentId: string | null): Promise<string | null> {
    const passed: Array<string> = []
    let found: string | null = null
    for (let at = parentId; at !== null && passed.length < MAX_DEPTH; ) {
      const known = this.#aes.get(at)
      if (known !== undefined) {
        found = known
        break
      }
      passed.push(at)
      const resource = await this.#readable(at)
      if (resource === null) {
        // The resource id of an AE is its AE-ID, so its name is known where no more of it may be read.
        found = /^[CS]/.test(lastSegment(at)) ? lastSegment(at) : null
        break
      }
      if (resource["ty"] === TYPE.ae) {
        found = textIn(resource, "aei")
        break
      }
      at = textIn(resource, "pi")
    }
    if (this.#aes.size > MAX_CONTAINERS) this.#aes.clear()
    for (const id of passed) this.#aes.set(id, found)
    return found
  }

  async #readable(resourceId: string): Promise<Attributes | null> {
    const { cseBase } = this.#options
    const [, cse] = cseBase.split("/")
    try {
      return await this.#retrieve(
        resourceId.startsWith("/") ? resourceId : `/${cse}/${resourceId}`,
        "retrieving a parent",
      )
    } catch (cause) {
      if (cause instanceof CseRefusalError) return null
      throw cause
    }
  }

  /**
   * Our subscription below a container, as it must be: made where it is missing, made anew where somebody changed it.
   * @returns its resource id, and whether it was made now
   */
  async subscribe(address: string): Promise<{ readonly resourceId: string; readonly isNew: boolean }> {
    const { client, notifyAt, batch } = this.#options
    const rn = this.#subscription
    const what = `subscription below ${address}`
    const at = `${address}/${rn}`
    const bn = batch === 1 ? {} : { bn: { num: batch, dur: BATCH_DURATION } }
    const wanted = { nu: [notifyAt], enc: { net: EVENTS }, nct: 1, su: notifyAt, ...bn }
    const there = await this.#find(at, what)
    if (there !== null) {
      const resourceId = textIn(there, "ri")
      if (resourceId !== null && isAsWanted(there, wanted)) return { resourceId: lastSegment(resourceId), isNew: false }
      requireCode(await client.request({ operation: "delete", to: at }), what, RSC.deleted, RSC.notFound)
    }
    const content = { "m2m:sub": { rn, ...wanted } }
    const made = resourceIn(
      await client.request({ operation: "create", to: address, type: TYPE.subscription, content }),
      what,
      RSC.created,
    )
    const resourceId = textIn(made, "ri")
    if (resourceId === null) throw new CseRefusalError(RSC.created, `${what}: it has no resource id (ri)`)
    return { resourceId: lastSegment(resourceId), isNew: true }
  }

  /**
   * Addresses of content instances that were made after one time and before another (createdAfter, createdBefore; TS-0001, clause
   * 8.1.2), in no order. Without a limit: ACME counts what it has looked at, not what it has found. @param after milliseconds since 1970; null: from the beginning
   */
  async instances(address: string, after: number | null, before: number | null): Promise<ReadonlyArray<string>> {
    const query = {
      fu: 1,
      ty: TYPE.contentInstance,
      lvl: 1,
      drt: 2,
      ...(after === null ? {} : { cra: writeTimestamp(after) }),
      ...(before === null ? {} : { crb: writeTimestamp(before) }),
    }
    const found = await this.#options.client.request({ operation: "retrieve", to: address, query })
    requireCode(found, `discovery of instances in ${address}`, RSC.ok)
    return addressesIn(found.content)
  }

  /** @returns null where it is gone, may not be read, or is no instance */
  async instance(to: string): Promise<Instance | null> {
    try {
      return instanceIn(await this.#retrieve(to, `retrieving ${to}`))
    } catch (cause) {
      // What is the CSE's own fault is tried again.
      if (cause instanceof CseRefusalError && cause.rsc < RSC.internalServerError) return null
      throw cause
    }
  }

  /** The latest instance of a container; null where it has none. */
  latest(address: string): Promise<Instance | null> {
    return this.instance(`${address}/la`)
  }

  /** The oldest one. */
  oldest(address: string): Promise<Instance | null> {
    return this.instance(`${address}/ol`)
  }
}

const isAsWanted = (there: Attributes, wanted: Attributes): boolean =>
  Object.entries(wanted).every(([name, value]) => {
    const has = there[name]
    if (name === "enc") return isObject(has) && sameList(has["net"], (value as { net: ReadonlyArray<number> }).net)
    if (name === "bn") return isObject(has) && has["num"] === (value as { num: number }).num
    return Array.isArray(value) ? sameList(has, value) : has === value
  }) &&
  (wanted["bn"] !== undefined || there["bn"] === undefined)
