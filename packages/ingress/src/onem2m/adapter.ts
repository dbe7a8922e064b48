/**
 * An application entity (AE) beside a CSE: it registers, finds the containers with its label, subscribes to them, and brings the
 * signed messages in their content instances into the log, each once.
 *
 * A sweep, every few seconds and whenever something was reported, makes all of that true again, whatever the CSE, its operators or a
 * restart did to it: the registration, the subscriptions, and what was made while nobody listened.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { type Pauses, pauseMs } from "@assay/bounded"
import type { Ingress } from "../core/ingress.ts"
import { inBatches } from "./batches.ts"
import { type CseClient, httpClient } from "./client.ts"
import { Feed, type FeedObserver, type LostCode, type Room } from "./feed.ts"
import type { Known } from "./known.ts"
import { type Listener, listen } from "./listener.ts"
import { type MqttBinding, mqttBinding } from "./mqtt-binding.ts"
import { lastSegment, type Notification } from "./notification.ts"
import { type Polling, startPolling } from "./polling.ts"
import { CseRefusalError } from "./primitive.ts"
import { REFUSALS, type Receive, type RefusedCode, receiver } from "./receive.ts"
import { mediaTypeOf } from "./serialization.ts"
import type { Onem2mSettings } from "./settings.ts"
import { type Subscribed, Subscriptions } from "./subscriptions.ts"
import { Tree } from "./tree.ts"
import { Turns } from "./turns.ts"

export interface AdapterCounts {
  /** Messages that are durable. */
  readonly taken: number
  /** Instances that were reported while they were here, or known. */
  readonly sentAgain: number
  /** Instances that were read from the CSE, since nobody reported them. */
  readonly backfilled: number
  /** State tags without an instance. */
  readonly gaps: number
  /** Instances whose bytes became others under the same id. */
  readonly changed: number
  readonly lost: Readonly<Record<LostCode, number>>
  /** Requests in the name of the CSE. */
  readonly refused: Readonly<Record<RefusedCode, number>>
  /** Times that the CSE, the log or the node could not be reached. */
  readonly failures: number
}

export interface AdapterStatus extends AdapterCounts {
  /** `refused`: the CSE answers, and lets the adapter neither register nor discover. */
  readonly connection: "connecting" | "subscribed" | "refused" | "closed"
  readonly containers: number
  /** Containers that do not let the adapter subscribe or read. */
  readonly refusing: number
  /** Containers that are read from the CSE at the moment. */
  readonly behind: number
  /** Instances that are not durable yet. */
  readonly underWay: number
  /** Why nothing is taken at the moment, or null. */
  readonly waits: string | null
}

export interface Onem2mAdapter {
  status(): AdapterStatus
  /** For `/readyz`: why it does not do its work, or null. */
  notReady(): string | null
  /** Its way to the CSE, as long as it runs. */
  readonly client: CseClient
  /** Whether the CSE has it as an AE, and what containers there are is known. */
  isRegistered(): boolean
  /** Addresses of the containers with its label that belong to an AE. */
  containersOf(aeId: string): ReadonlyArray<string>
  /** Looks at everything now; resolves when that is done. */
  sweep(): Promise<void>
  /** Finishes what is being handed over. Its subscriptions stay: what is reported meanwhile is read from the CSE later. */
  stop(): Promise<void>
}

export interface AdapterOptions {
  readonly settings: Onem2mSettings
  readonly ingress: Ingress
  readonly known: Known
  readonly onProblem: (what: string) => void
  readonly pauses?: Pauses
  /** Milliseconds in which what was made earlier may come later. */
  readonly graceMs?: number
}

const PAUSES: Pauses = { firstMs: 200, longestMs: 10_000 }
const GRACE_MS = 1_000
const HELD_BYTES = 64 << 20
/** Containers that are read from the CSE at the same time. */
const READERS = 4
/** For which a notification waits to be durable: a CSE gives up after 10 seconds or more. */
const ANSWER_MS = 8_000
/** Subscriptions that are looked at, and containers whose latest instance is, in one sweep; in turn. */
const LOOKED_AT = 200
const LOOKED_AT_ONCE = 4

const zeros = <T extends string>(codes: ReadonlyArray<T>): Record<T, number> =>
  Object.fromEntries(codes.map((code) => [code, 0])) as Record<T, number>

class Adapter {
  readonly #options: AdapterOptions
  readonly #tree: Tree
  readonly #client: CseClient
  readonly #subscriptions = new Subscriptions()
  readonly #ingress: Ingress
  readonly #room: Room = { free: HELD_BYTES }
  readonly #turns = new Turns(READERS)
  readonly #observe: FeedObserver
  readonly #stopping = new AbortController()
  readonly #closing: ReadonlyArray<() => Promise<void>>
  readonly #failingWay: () => string | null
  readonly #count = { taken: 0, sentAgain: 0, backfilled: 0, gaps: 0, changed: 0, failures: 0 }
  readonly #lost = zeros<LostCode>(["content", "empty", "too_large"])
  readonly refused = zeros<RefusedCode>(REFUSALS)
  #connection: AdapterStatus["connection"] = "connecting"
  #failing: string | null = "it has not looked at the CSE yet"
  #wake = Promise.withResolvers<void>()
  #sweeping: Promise<void> = Promise.resolve()
  #hasLooked = false
  #turn = 0
  #running: Promise<void> = Promise.resolve()

  constructor(options: AdapterOptions, way: Way) {
    this.#options = options
    this.#tree = way.tree
    this.#client = way.client
    this.#closing = way.closing
    this.#failingWay = way.failing
    this.#ingress = inBatches(options.ingress)
    const { onProblem } = options
    this.#observe = {
      taken: (count) => {
        this.#count.taken += count
      },
      again: () => {
        this.#count.sentAgain += 1
      },
      backfilled: (count) => {
        this.#count.backfilled += count
      },
      gap: (address, from, to) => {
        this.#count.gaps += to - from + 1
        onProblem(
          `${address} has no content instance for its state tags ${from} to ${to}: instances were removed before they could be read, or the container was updated`,
        )
      },
      lost: (code, instance) => {
        this.#lost[code] += 1
        onProblem(`the content instance ${instance} was not taken (${code})`)
      },
      changed: (instance) => {
        this.#count.changed += 1
        onProblem(
          `the content instance ${instance} came with other bytes than before, which nobody may do to one (TS-0001, clause 9.6.7)`,
        )
      },
      failed: (what) => {
        this.#count.failures += 1
        onProblem(what)
      },
    }
  }

  start(): void {
    this.#running = this.#run()
  }

  /** What the CSE tells. @returns whether all of it is durable; "unknown" where a subscription is not ours */
  async take(notifications: ReadonlyArray<Notification>): Promise<boolean | "unknown"> {
    const offered: Array<Promise<boolean>> = []
    for (const notification of notifications) {
      // It asks before it has answered who made it: only while one is being made, and in our name.
      if (notification.verifies) {
        const { creator } = notification
        const isOurs = creator === null || lastSegment(creator) === this.#options.settings.aeId
        if (!this.#subscriptions.isMaking || !isOurs) return "unknown"
        continue
      }
      const subscribed = await this.#subscriptions.of(notification)
      // Before the first look at the CSE nobody knows which are ours: what is reported is read later.
      if (subscribed === null) return this.#hasLooked ? "unknown" : false
      offered.push(...this.#tell(subscribed, notification))
    }
    // At the end each feed says what became of what it has: nobody waits longer for that.
    const late = sleep(ANSWER_MS, false, { ref: false })
    const all = Promise.all(offered).then((taken) => taken.every(Boolean))
    return offered.length === 0 ? true : Promise.race([all, late])
  }

  #tell(subscribed: Subscribed, { ended, event }: Notification): ReadonlyArray<Promise<boolean>> {
    if (ended) {
      this.#subscriptions.forget(subscribed)
      this.#wake.resolve()
    }
    if (event === null) return []
    if (event.kind === "created") {
      if (event.instance.parentId === subscribed.containerId) return [subscribed.feed.offer(event.instance)]
      // Another container's: it is reported by its own subscription.
      return []
    }
    if (event.kind === "hint") subscribed.feed.recover()
    else this.#wake.resolve()
    return []
  }

  async #run(): Promise<void> {
    for (let attempt = 0; !this.#stopping.signal.aborted; ) {
      this.#wake = Promise.withResolvers()
      let waitMs = this.#options.settings.sweepMs
      try {
        await this.sweep()
        attempt = 0
      } catch {
        attempt += 1
        waitMs = pauseMs(this.#options.pauses ?? PAUSES, attempt)
      }
      const timer = setTimeout(this.#wake.resolve, waitMs)
      await this.#wake.promise
      clearTimeout(timer)
    }
  }

  sweep(): Promise<void> {
    const next = this.#sweeping.then(() => this.#sweep())
    this.#sweeping = next.catch(() => undefined)
    return next
  }

  async #sweep(): Promise<void> {
    try {
      const isNew = await this.#tree.register()
      // A CSE that had forgotten us has forgotten our subscriptions.
      if (isNew) for (const subscribed of this.#subscriptions.all) this.#subscriptions.forget(subscribed)
      await this.#find()
      await this.#lookAt()
      this.#hasLooked = true
      this.#connection = "subscribed"
      this.#failing = null
    } catch (cause) {
      this.#count.failures += 1
      this.#connection = cause instanceof CseRefusalError ? "refused" : "connecting"
      this.#failing = (cause as Error).message
      if (!this.#stopping.signal.aborted) this.#options.onProblem(this.#failing)
      throw cause
    }
  }

  /** New containers, and those that are gone or have lost the label. */
  async #find(): Promise<void> {
    const { settings, known, pauses = PAUSES, graceMs = GRACE_MS } = this.#options
    const addresses = await this.#tree.containers()
    const found = new Set(addresses)
    for (const subscribed of this.#subscriptions.all)
      if (!found.has(subscribed.address)) await this.#subscriptions.remove(subscribed)
    for (const address of addresses) {
      if (this.#subscriptions.get(address) !== undefined) continue
      const container = await this.#tree.container(address)
      if (container === null) continue
      const { resourceId, stateTag, aeId } = container
      const tree = this.#tree
      const feed = new Feed({
        address,
        cseId: settings.cseId,
        principal: aeId === null ? null : (settings.devices.get(aeId) ?? `${settings.cseId}/${aeId}`),
        stateTag,
        position: known.of(resourceId),
        source: {
          instances: (after, before) => tree.instances(address, after, before),
          instance: (to) => tree.instance(to),
          latest: () => tree.latest(address),
          oldest: () => tree.oldest(address),
        },
        submit: this.#ingress.submit,
        room: this.#room,
        turns: this.#turns,
        pauses,
        graceMs,
        observe: this.#observe,
      })
      this.#subscriptions.add({ containerId: resourceId, address, aeId, feed, subscriptionId: null, isRefusing: false })
    }
  }

  /** Subscriptions that are missing at once, the others in turn; and whether the latest instance of each was reported. */
  async #lookAt(): Promise<void> {
    const all = this.#subscriptions.all
    const missing = all.filter(({ subscriptionId }) => subscriptionId === null)
    const others = all.filter(({ subscriptionId }) => subscriptionId !== null)
    const inTurn = Array.from(
      { length: Math.min(LOOKED_AT, others.length) },
      (_, nth) => others[(this.#turn + nth) % others.length]!,
    )
    this.#turn += inTurn.length
    const queue = [...missing, ...inTurn]
    await Promise.all(
      Array.from({ length: LOOKED_AT_ONCE }, async () => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) await this.#look(next)
      }),
    )
  }

  /** One container that does not let us must not keep the others out. */
  async #look(subscribed: Subscribed): Promise<void> {
    try {
      await this.#subscribe(subscribed)
      await subscribed.feed.check()
      subscribed.isRefusing = false
    } catch (cause) {
      if (!(cause instanceof CseRefusalError)) throw cause
      subscribed.isRefusing = true
      this.#options.onProblem(cause.message)
    }
  }

  async #subscribe(subscribed: Subscribed): Promise<void> {
    let isNew = false
    await this.#subscriptions.subscribe(subscribed, async () => {
      const made = await this.#tree.subscribe(subscribed.address)
      isNew = made.isNew
      return made.resourceId
    })
    // What was made before it existed, nobody tells.
    if (isNew) subscribed.feed.recover()
  }

  get client(): CseClient {
    return this.#client
  }

  get isRegistered(): boolean {
    return this.#connection === "subscribed"
  }

  containersOf(aeId: string): ReadonlyArray<string> {
    return this.#subscriptions.all.flatMap((container) => (container.aeId === aeId ? [container.address] : []))
  }

  status(): AdapterStatus {
    const feeds = this.#subscriptions.all.map(({ feed }) => feed)
    return {
      ...this.#count,
      lost: { ...this.#lost },
      refused: { ...this.refused },
      connection: this.#connection,
      containers: feeds.length,
      refusing: this.#subscriptions.all.filter(({ isRefusing }) => isRefusing).length,
      behind: feeds.filter(({ isBehind }) => isBehind).length,
      underWay: feeds.reduce((sum, { waiting }) => sum + waiting, 0),
      waits: this.notReady(),
    }
  }

  notReady(): string | null {
    const failing = this.#failing ?? this.#failingWay()
    return failing ?? this.#subscriptions.all.find(({ feed }) => feed.failing !== null)?.feed.failing ?? null
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake.resolve()
    await this.#running
    for (const subscribed of this.#subscriptions.all) await this.#subscriptions.remove(subscribed)
    for (const close of this.#closing) await close()
    await this.#client.close()
    this.#connection = "closed"
  }
}

interface Way {
  readonly tree: Tree
  readonly client: CseClient
  readonly failing: () => string | null
  readonly closing: ReadonlyArray<() => Promise<void>>
}

/** Registers and subscribes in the background, and goes on trying. Rejects where the port for notifications is taken. */
export const startOnem2m = async (options: AdapterOptions): Promise<Onem2mAdapter> => {
  const { settings, onProblem, pauses = PAUSES } = options
  let adapter: Adapter | null = null
  const receive: Receive = receiver({
    cseId: settings.cseId,
    certificateName: settings.certificateName,
    windowMs: settings.windowMs,
    take: async (notifications) => (adapter === null ? false : adapter.take(notifications)),
    onRefused: (code, what) => {
      if (adapter !== null) adapter.refused[code] += 1
      onProblem(`a request in the name of the CSE was refused (${code}): ${what}`)
    },
  })
  const way = await openWay({ ...options, pauses }, receive)
  const made = new Adapter(options, way)
  adapter = made
  made.start()
  return {
    status: () => made.status(),
    notReady: () => made.notReady(),
    client: made.client,
    isRegistered: () => made.isRegistered,
    containersOf: (aeId) => made.containersOf(aeId),
    sweep: () => made.sweep(),
    stop: () => made.stop(),
  }
}

const openWay = async (
  { settings, known, onProblem, pauses }: AdapterOptions & { readonly pauses: Pauses },
  receive: Receive,
): Promise<Way> => {
  const { notified, aeId, serialization, label, cseBase, batch } = settings
  const treeFor = (client: CseClient, notifyAt: string): Tree =>
    new Tree({
      client,
      cseBase,
      aeId,
      label,
      notifyAt,
      isReachable: notified.by !== "polling",
      mediaType: mediaTypeOf(serialization),
      batch,
    })
  if (notified.by === "mqtt") {
    const binding: MqttBinding = mqttBinding({ ...settings, receive, onProblem })
    const failing = (): string | null =>
      binding.isConnected() ? null : `there is no connection to the broker at ${settings.url.host}`
    return { tree: treeFor(binding, binding.notifyAt), client: binding, failing, closing: [] }
  }
  const client = httpClient({ ...settings, originator: aeId })
  if (notified.by === "http") {
    const { host, port, tls, reachedAt } = notified
    const path = known.notifyPath
    const listener: Listener = await listen({ host, port, tls, path, receive, onProblem })
    const notifyAt = `${reachedAt.href.replace(/\/$/, "")}${path}`
    return { tree: treeFor(client, notifyAt), client, failing: () => null, closing: [listener.close] }
  }
  const tree = treeFor(client, `${settings.cseId}/${aeId}`)
  const polling: Polling = startPolling({
    client,
    aeId,
    channel: () => tree.pollingChannel(),
    receive,
    pauses,
    onProblem,
  })
  return { tree, client, failing: polling.failing, closing: [polling.stop] }
}
