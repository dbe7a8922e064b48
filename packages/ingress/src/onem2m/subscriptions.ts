/** The containers of the adapter, and by which subscription the CSE tells of each. */
import type { Feed } from "./feed.ts"
import type { Notification } from "./notification.ts"

export interface Subscribed {
  readonly containerId: string
  readonly address: string
  /** Of the AE that it belongs to; null where that cannot be read. */
  readonly aeId: string | null
  readonly feed: Feed
  /** Null: there is none, and the next look makes one. */
  subscriptionId: string | null
  /** It does not let us subscribe, or read. */
  isRefusing: boolean
}

export class Subscriptions {
  /** By address, as the CSE finds them. */
  readonly #containers = new Map<string, Subscribed>()
  readonly #bySubscription = new Map<string, Subscribed>()
  /** Subscriptions that are being made: their ids are known when the CSE answers, and it may tell of them before. */
  #making = Promise.withResolvers<void>()
  #count = 0

  get all(): ReadonlyArray<Subscribed> {
    return [...this.#containers.values()]
  }

  get isMaking(): boolean {
    return this.#count > 0
  }

  get(address: string): Subscribed | undefined {
    return this.#containers.get(address)
  }

  add(container: Subscribed): void {
    this.#containers.set(container.address, container)
  }

  async remove(container: Subscribed): Promise<void> {
    this.#containers.delete(container.address)
    if (container.subscriptionId !== null) this.#bySubscription.delete(container.subscriptionId)
    await container.feed.stop()
  }

  /** @param make resolves with the id of the subscription */
  async subscribe(container: Subscribed, make: () => Promise<string>): Promise<void> {
    this.#count += 1
    try {
      const subscriptionId = await make()
      if (container.subscriptionId !== null) this.#bySubscription.delete(container.subscriptionId)
      container.subscriptionId = subscriptionId
      this.#bySubscription.set(subscriptionId, container)
    } finally {
      this.#count -= 1
      this.#making.resolve()
      this.#making = Promise.withResolvers()
    }
  }

  /** Whose subscription it is; waits for those that are being made. */
  async of({ subscriptionId }: Pick<Notification, "subscriptionId">): Promise<Subscribed | null> {
    for (;;) {
      const found = this.#bySubscription.get(subscriptionId)
      if (found !== undefined) return found
      if (this.#count === 0) return null
      await this.#making.promise
    }
  }

  forget(container: Subscribed): void {
    if (container.subscriptionId !== null) this.#bySubscription.delete(container.subscriptionId)
    container.subscriptionId = null
  }
}
