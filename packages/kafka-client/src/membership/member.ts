/**
 * The state machine of one member. One loop owns all of its state:
 *
 *   [not joined] --join, sync--> [joined] --heartbeat every third of the session, or when somebody asks--> [joined]
 *
 * and after a failure (failure.ts): rebalancing -> not joined, share kept; outdated or forgotten -> not joined, share lost;
 * unreachable -> as before, with a new connection: when the session is still alive behind it, nobody else notices.
 */

import { pauseMs } from "@assay/bounded"
import { type Membership, UnavailableError } from "@assay/log"
import type { Kafka } from "kafkajs"
import type { KafkaSettings } from "../connect/settings.ts"
import { Coordinator } from "./coordinator.ts"
import { Questions } from "./coordinator-questions.ts"
import { pause, within } from "./deadline.ts"
import { type Failure, failureOf, setupErrorOf } from "./failure.ts"
import type { Joining } from "./membership.ts"
import { decodeShare, encodeShares, encodeSubscription } from "./subscription.ts"

const FIRST_WAIT_MS = 50
const LAST_WAIT_MS = 2_000
/** How long others may keep us from leaving. When it is not enough, the group waits for the end of the session. */
const LEAVE_MS = 3_000
/** A request that brokers answer at once, on a slow day. */
const REQUEST_MS = 5_000
const CONNECT_MS = 3_000

const NOTHING: ReadonlySet<number> = new Set()

/** A coordinator said this, and there is something to be done at once. */
const isAnswer = (failure: Failure): boolean => failure !== "unreachable" && failure !== "loading"

export class Member implements Membership {
  readonly #kafka: Kafka
  readonly #settings: KafkaSettings
  readonly #joining: Joining
  readonly #questions = new Questions()
  readonly #stopping = new AbortController()

  #coordinator: Coordinator | null = null
  /** The coordinator's name for us; "" before it gave one. */
  #memberId = ""
  #joined = false
  #share: ReadonlySet<number> | null = null
  /** What we got last, and when: it goes with each join. Unlike the share it outlives the session. */
  #memberData = { generation: -1, owned: [] as ReadonlyArray<number> }
  #failures = 0
  #wake: () => void = () => undefined
  #loop: Promise<void> = Promise.resolve()
  #left: Promise<void> | null = null

  constructor(kafka: Kafka, settings: KafkaSettings, joining: Joining) {
    this.#kafka = kafka
    this.#settings = settings
    this.#joining = joining
  }

  /** Resolves after the first share. @throws LogSetupError, UnavailableError */
  async start(): Promise<void> {
    let silentSince = performance.now()
    while (!this.#joined) {
      try {
        await this.#step()
      } catch (error) {
        const final = this.#finalOf(error)
        if (isAnswer(failureOf(error))) silentSince = performance.now()
        if (final === null && performance.now() - silentSince < this.#settings.retryMs) {
          await this.#recover(error)
          continue
        }
        await this.leave()
        throw final ?? this.#problemOf(error)
      }
    }
    this.#loop = this.#run()
  }

  confirm(partition: number): Promise<boolean> {
    if (this.#stopping.signal.aborted) return Promise.resolve(false)
    const answer = this.#questions.ask(this.#joining.group, partition, this.#settings.retryMs)
    this.#wake()
    return answer
  }

  leave(): Promise<void> {
    this.#left ??= this.#leave()
    return this.#left
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      if (this.#joined && !this.#questions.some)
        await pause(this.#settings.sessionTimeoutMs / 3, signal, (end) => {
          this.#wake = end
        })
      if (signal.aborted) return
      try {
        await this.#step()
      } catch (error) {
        await this.#recover(error)
      }
    }
  }

  /** One exchange with the coordinator; it answers the questions that were open when it began. */
  async #step(): Promise<void> {
    const asked = this.#questions.asked()
    this.#coordinator ??= await this.#connect()
    if (this.#joined) await this.#heartbeat(this.#coordinator)
    else await this.#join(this.#coordinator)
    this.#failures = 0
    this.#questions.answer(asked, this.#share ?? NOTHING)
  }

  async #connect(): Promise<Coordinator> {
    const { brokers } = this.#settings
    const coordinator = new Coordinator(this.#kafka, this.#joining.group, brokers.length)
    try {
      const ms = REQUEST_MS + CONNECT_MS * brokers.length
      await within("finding the coordinator", ms, coordinator.connect(), this.#stopping.signal)
      return coordinator
    } catch (error) {
      coordinator.close()
      throw error
    }
  }

  async #join(coordinator: Coordinator): Promise<void> {
    const { sessionTimeoutMs } = this.#settings
    const { topic, partitions } = this.#joining
    const { signal } = this.#stopping
    // The others hear of a rebalance at their next heartbeat; one that does not even then is dead or asleep.
    const rebalanceTimeoutMs = 3 * sessionTimeoutMs
    const subscription = encodeSubscription(topic, { ...this.#memberData, partitions })
    const request = { memberId: this.#memberId, sessionTimeoutMs, rebalanceTimeoutMs, subscription }
    const named = (memberId: string): void => {
      this.#memberId = memberId
    }
    const joined = await within("joining", rebalanceTimeoutMs + REQUEST_MS, coordinator.join(request, named), signal)
    const { memberId, generationId } = joined
    this.#memberId = memberId
    const shares = joined.leaderId === memberId ? encodeShares(joined.members) : []
    // The others wait for the leader here, or for its session to end.
    const ms = sessionTimeoutMs + REQUEST_MS
    const bytes = await within("sharing", ms, coordinator.sync(memberId, generationId, shares), signal)
    const share = decodeShare(bytes, topic, partitions)
    this.#memberData = { generation: generationId, owned: [...share] }
    this.#joined = true
    this.#assign(share)
  }

  async #heartbeat(coordinator: Coordinator): Promise<void> {
    // Late enough for a slow broker, early enough to find another coordinator before the session ends.
    const ms = Math.min(REQUEST_MS, this.#settings.sessionTimeoutMs / 2)
    const beat = coordinator.heartbeat(this.#memberId, this.#memberData.generation)
    await within("a heartbeat", ms, beat, this.#stopping.signal)
  }

  /** Brings the state in line with what the failure says, and waits where trying at once would be no use. */
  async #recover(error: unknown): Promise<void> {
    const { signal } = this.#stopping
    const failure = failureOf(error)
    const final = this.#finalOf(error)
    // What was under way when we stopped may still hold the connection.
    if (failure === "unreachable" || signal.aborted) this.#disconnect()
    if (signal.aborted) return
    this.#failures++
    if (failure === "forgotten") this.#memberId = ""
    const lost = failure === "outdated" || failure === "forgotten" || final !== null
    if (lost || failure === "rebalancing") this.#joined = false
    if (lost) this.#lose()
    if (failure !== "rebalancing") this.#report(final ?? this.#problemOf(error))
    if (isAnswer(failure) && this.#failures === 1) return
    // A coordinator that comes back gives its members one session to show themselves.
    const last = Math.min(LAST_WAIT_MS, this.#settings.sessionTimeoutMs / 4)
    await pause(pauseMs({ firstMs: FIRST_WAIT_MS, longestMs: last }, this.#failures + 1), signal)
  }

  async #leave(): Promise<void> {
    this.#stopping.abort()
    await this.#loop
    if (this.#memberId !== "") {
      const coordinator =
        this.#coordinator ?? new Coordinator(this.#kafka, this.#joining.group, this.#settings.brokers.length)
      const leaving = async (): Promise<void> => {
        if (this.#coordinator === null) await coordinator.connect()
        await coordinator.leave(this.#memberId)
      }
      try {
        await within("leaving", LEAVE_MS, leaving(), new AbortController().signal)
      } catch (error) {
        if (failureOf(error) !== "forgotten") this.#report(this.#problemOf(error))
      }
      coordinator.close()
    }
    this.#disconnect()
    this.#questions.answer(this.#questions.asked(), NOTHING)
  }

  #disconnect(): void {
    this.#coordinator?.close()
    this.#coordinator = null
  }

  #lose(): void {
    if (this.#share !== null) this.#assign(NOTHING)
  }

  #assign(share: ReadonlySet<number>): void {
    const before = this.#share
    this.#share = share
    if (before !== null && before.size === share.size && [...share].every((one) => before.has(one))) return
    try {
      this.#joining.onAssigned(share)
    } catch (error) {
      this.#report(error as Error)
    }
  }

  #report(problem: Error): void {
    this.#joining.onProblem(problem)
  }

  #finalOf(error: unknown): Error | null {
    return setupErrorOf(this.#joining.group, error)
  }

  #problemOf(error: unknown): UnavailableError {
    return new UnavailableError(`consumer group ${this.#joining.group}: ${(error as Error).message}`, { cause: error })
  }
}
