/**
 * From the broker to the log. A publication is acknowledged when all of its messages are durable, and not before: whatever dies
 * in between, the broker sends it again. A message that is then in the log twice is recognised there (`identity.replayed`).
 *
 * What cannot be taken now waits here, unacknowledged, and the broker sends no more than its bound (receive maximum): a backlog
 * stays with the broker. What can never be taken is acknowledged with a reason code, counted and reported.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { type Pauses, pauseMs } from "@assay/bounded"
import type { IPublishPacket } from "mqtt"
import type { ChallengeSource } from "../core/challenge.ts"
import type { Ingress } from "../core/ingress.ts"
import { isRefusal, type RefusalCode } from "../core/submission.ts"
import { type ChallengeCounts, Challenges } from "./challenges.ts"
import { type Acknowledge, type Connection, type ConnectionState, openConnection } from "./connection.ts"
import { readPublication, type Unwanted } from "./facts.ts"
import type { BrokerSettings } from "./settings.ts"
import { type Delivery, type Limits, UnderWay } from "./under-way.ts"

/** Why a publication was acknowledged and is not in the log. */
export type LostCode = Unwanted | Extract<RefusalCode, "empty" | "too_large" | "quota">

/** Of PUBACK (MQTT 5, section 3.4.2.1). */
const SUCCESS = 0
const REASON_CODES: Readonly<Record<LostCode, number>> = {
  topic: 144,
  retained: SUCCESS,
  empty: 153,
  too_large: 151,
  too_many: 151,
  quota: 151,
}

export interface AdapterCounts {
  /** Messages that are durable. */
  readonly taken: number
  /** Publications that the broker sent again while they were here. */
  readonly sentAgain: number
  readonly lost: Readonly<Record<LostCode, number>>
  /** Times that the log or the node could not be reached. */
  readonly failures: number
}

export interface AdapterStatus extends AdapterCounts {
  readonly connection: ConnectionState
  /** Publications that are not acknowledged yet. */
  readonly underWay: number
  /** Why nothing is taken at the moment, or null. */
  readonly waits: string | null
  /** Null: devices cannot ask for any here. */
  readonly challenges: ChallengeCounts | null
}

export interface MqttAdapter {
  status(): AdapterStatus
  /** For `/readyz`: why it does not do its work, or null. */
  notReady(): string | null
  /** On the connection of the adapter. Rejects where there is none. */
  publish(topic: string, payload: Buffer, retain?: boolean): Promise<void>
  /** Finishes what is being handed over, and leaves; the rest is sent again to whoever comes next. */
  stop(): Promise<void>
}

export interface AdapterOptions {
  readonly broker: BrokerSettings
  readonly ingress: Ingress
  /** Who makes challenges, where the settings have topics for them; left out: they are not answered. */
  readonly challenges?: ChallengeSource
  readonly onProblem: (what: string) => void
  /** A publication was acknowledged and is not in the log. */
  readonly onLost: (code: LostCode, topic: string) => void
  readonly pauses?: Pauses
  readonly limits?: Partial<Limits>
}

const PAUSES: Pauses = { firstMs: 100, longestMs: 10_000 }
const HELD_BYTES = 64 << 20
const BATCH = 256
const BATCH_BYTES = 4 << 20

export const startMqtt = (options: AdapterOptions): MqttAdapter => {
  const { broker, ingress, onProblem, onLost, pauses = PAUSES } = options
  const held = new UnderWay({
    publications: broker.receiveMaximum,
    bytes: HELD_BYTES,
    batch: BATCH,
    batchBytes: BATCH_BYTES,
    ...options.limits,
  })
  const lost: Record<LostCode, number> = { topic: 0, retained: 0, empty: 0, too_large: 0, too_many: 0, quota: 0 }
  let [taken, sentAgain, failures, attempt] = [0, 0, 0, 0]
  /** Why the last attempt failed, and why nothing is taken though it did not. */
  let [failing, waits]: [string | null, string | null] = [null, null]
  let news = Promise.withResolvers<void>()
  let room = Promise.withResolvers<void>()
  const stopping = new AbortController()

  const giveUp = (delivery: Delivery, code: LostCode): void => {
    lost[code] += 1
    onLost(code, delivery.topic)
    held.settle(delivery, REASON_CODES[code])
  }

  const challenges =
    broker.challenges === null || options.challenges === undefined
      ? null
      : new Challenges({
          topics: broker.challenges,
          ask: options.challenges,
          publish: (topic, payload) => connection.publish(topic, payload),
          onProblem,
        })

  const onPublication = (packet: IPublishPacket, acknowledge: Acknowledge): void => {
    if (stopping.signal.aborted) return
    const payload = Buffer.from(packet.payload)
    const { topic } = packet
    if (challenges?.isAsked(topic) === true) {
      // Nobody waits for the answer to what was retained.
      acknowledge(packet.retain ? SUCCESS : challenges.take(topic, payload))
      return
    }
    if (held.sentAgain(topic, payload, acknowledge)) {
      sentAgain += 1
      return
    }
    const read = readPublication(packet, broker.templates, broker.retained === "take")
    const isWanted = typeof read !== "string"
    const { principal, submissions } = isWanted ? read : { principal: null, submissions: [] }
    const delivery: Delivery = { topic, payload, principal, submissions, acknowledge, earned: null }
    const isOver = isWanted && held.mustGiveUp(principal)
    held.add(delivery)
    if (!isWanted) giveUp(delivery, read)
    else if (isOver) giveUp(delivery, "quota")
    else news.resolve()
  }

  /** Of one publication: it is in the log whole, or is tried again whole, or is given up. */
  const settle = (delivery: Delivery, answers: Awaited<ReturnType<Ingress["submit"]>>, now: number): void => {
    if (delivery.earned !== null) return // given up meanwhile, for its sender is far above its quota
    const refusal = answers.find(isRefusal)
    if (refusal === undefined) {
      taken += answers.length
      held.settle(delivery, SUCCESS)
    } else if (refusal.code === "quota")
      for (const other of held.block(delivery.principal, now + (refusal.retryAfterMs ?? 1_000))) giveUp(other, "quota")
    else if (refusal.code !== "backlog") giveUp(delivery, refusal.code)
  }

  const handOver = async (batch: ReadonlyArray<Delivery>): Promise<void> => {
    const answers = await ingress.submit(batch.flatMap(({ submissions }) => submissions))
    attempt = 0
    failing = null
    waits = null
    const now = performance.now()
    let from = 0
    for (const delivery of batch) {
      const own = answers.slice(from, from + delivery.submissions.length)
      from += own.length
      settle(delivery, own, now)
    }
    const behind = answers.find((answer) => isRefusal(answer) && answer.code === "backlog")
    if (behind === undefined || !isRefusal(behind)) return
    waits = behind.sentence
    await pause(behind.retryAfterMs ?? 1_000)
  }

  const pause = (ms: number): Promise<unknown> =>
    sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined)

  /** Resolves when there may be something to hand over, or at the end. */
  const something = async (): Promise<void> => {
    news = Promise.withResolvers()
    const at = held.nextAt
    const timer = at === null ? null : setTimeout(news.resolve, Math.max(1, at - performance.now()))
    await news.promise
    if (timer !== null) clearTimeout(timer)
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const batch = held.next(performance.now())
      if (batch.length === 0) {
        await something()
        continue
      }
      try {
        await handOver(batch)
      } catch (cause) {
        // Nobody knows what of it is in the log: all of it is handed over again, and what was in is recognised there.
        failures += 1
        attempt += 1
        failing = (cause as Error).message
        onProblem(`nothing is taken: ${failing}`)
        await pause(pauseMs(pauses, attempt))
      }
      if (held.isFull) continue
      room.resolve()
      room = Promise.withResolvers()
    }
  }

  const connection: Connection = openConnection({
    settings: broker,
    onPublication,
    room: () => (held.isFull ? room.promise : null),
    onLost: () => held.connectionLost(),
    onProblem,
  })
  const running = run()
  return {
    status: () => ({
      connection: connection.state(),
      underWay: held.waiting,
      waits: failing ?? waits,
      taken,
      sentAgain,
      lost: { ...lost },
      failures,
      challenges: challenges?.counts() ?? null,
    }),
    notReady: () => {
      const state = connection.state()
      if (state === "connecting") return `there is no connection to the broker at ${broker.url.host}`
      if (state === "refused") return "the broker refuses a subscription: see its ACL"
      return failing
    },
    publish: connection.publish,
    stop: async () => {
      stopping.abort()
      news.resolve()
      room.resolve()
      await running
      await connection.close()
    },
  }
}
