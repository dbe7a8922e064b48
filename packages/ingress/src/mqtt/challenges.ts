/**
 * Challenges for the evidence of hardware over MQTT: a device asks on its own topic, and hears the answer on its own topic.
 *
 *   asked      {"key":"<name of its attestation key, base64url>"}
 *   answered   {"key":"...","challenge":"<token>","expires":"2026-11-29T12:05:00.000Z"}
 *   refused    {"key":"..."|null,"error":"<code>","message":"<what to change>"}
 *
 * The topic of the question names the device, which the broker's ACL binds to the client. Nothing is kept, and a question is
 * acknowledged when it is taken up: a device that hears nothing asks again. Whoever overhears a challenge has neither the key nor the
 * hardware that must answer it.
 */
import { Lru, TokenBucket } from "@assay/bounded"
import type { ChallengeAnswer, ChallengeSource } from "../core/challenge.ts"
import { senderOf, type TopicTemplate, topicOf } from "./topics.ts"

export interface ChallengeTopics {
  /** Where devices ask. */
  readonly requests: TopicTemplate
  /** Where each hears its answers. */
  readonly answers: TopicTemplate
}

export interface ChallengeCounts {
  /** Challenges that the broker has. */
  readonly sent: number
  /** Questions that were answered with what is wrong with them. */
  readonly refused: number
  /** Above the rate of their device, or of all. */
  readonly leftOut: number
  /** The node made none, or the broker did not take the answer. */
  readonly failed: number
}

export interface ChallengesOptions {
  readonly topics: ChallengeTopics
  readonly ask: ChallengeSource
  readonly publish: (topic: string, payload: Buffer) => Promise<void>
  readonly onProblem: (what: string) => void
}

/** Of PUBACK (MQTT 5, section 3.4.2.1). */
const PUBACK = { success: 0, topic: 144, quota: 151 } as const
const MAX_REQUEST = 1_024
const MAX_KEY = 128
/** Questions that wait for the node at once, of all devices. */
const MAX_UNDER_WAY = 64
/** Of one device: evidence is due after a boot and once in a while, and a challenge runs for minutes. */
const PER_SECOND = 0.2
const BURST = 4
const MAX_DEVICES = 100_000
const UNAVAILABLE: ChallengeAnswer = {
  error: "enrolment.unavailable",
  message: "no challenge can be made at the moment: ask again later",
}

const keyIn = (payload: Buffer): string | null => {
  try {
    const { key } = JSON.parse(payload.toString("utf8")) as { readonly key?: unknown }
    return typeof key === "string" && key !== "" && key.length <= MAX_KEY ? key : null
  } catch {
    return null // no JSON object
  }
}

export class Challenges {
  readonly #options: ChallengesOptions
  readonly #buckets = new Lru<TokenBucket>(MAX_DEVICES)
  readonly #counts = { sent: 0, refused: 0, leftOut: 0, failed: 0 }
  #underWay = 0

  constructor(options: ChallengesOptions) {
    this.#options = options
  }

  counts(): ChallengeCounts {
    return { ...this.#counts }
  }

  /** Whether a publication on this topic is a question. */
  isAsked(topic: string): boolean {
    return senderOf([this.#options.topics.requests], topic) !== null
  }

  /** Takes up a question; its answer is published later. @returns the reason code of the acknowledgement */
  take(topic: string, payload: Buffer): number {
    const { requests, answers } = this.#options.topics
    const device = senderOf([requests], topic)?.name ?? ""
    const to = topicOf(answers, device)
    if (!device.startsWith("did:") || to === null) {
      this.#counts.refused += 1
      return PUBACK.topic
    }
    if (this.#underWay >= MAX_UNDER_WAY || !this.#mayAsk(device)) {
      this.#counts.leftOut += 1
      return PUBACK.quota
    }
    this.#underWay += 1
    void this.#answer(device, to, payload).finally(() => {
      this.#underWay -= 1
    })
    return PUBACK.success
  }

  #mayAsk(device: string): boolean {
    const now = performance.now()
    const bucket = this.#buckets.get(device) ?? new TokenBucket(PER_SECOND, BURST, now)
    this.#buckets.set(device, bucket)
    return bucket.take(1, now) === 0
  }

  async #answer(device: string, to: string, payload: Buffer): Promise<void> {
    const { publish, onProblem } = this.#options
    const key = payload.length > MAX_REQUEST ? null : keyIn(payload)
    const answer = await this.#ask(device, key)
    const counted = "challenge" in answer ? "sent" : answer === UNAVAILABLE ? "failed" : "refused"
    try {
      await publish(to, Buffer.from(JSON.stringify({ key, ...answer })))
      this.#counts[counted] += 1
    } catch (cause) {
      this.#counts.failed += 1
      onProblem(`the answer to a question for a challenge did not reach the broker: ${(cause as Error).message}`)
    }
  }

  async #ask(device: string, key: string | null): Promise<ChallengeAnswer> {
    if (key === null)
      return {
        error: "enrolment.malformed",
        message: `expected {"key": "..."}: the base64url name of the attestation key, at most ${MAX_KEY} characters`,
      }
    try {
      return await this.#options.ask(device, key)
    } catch (cause) {
      // Why is between the adapter and its node.
      this.#options.onProblem(`no challenge for a device: ${(cause as Error).message}`)
      return UNAVAILABLE
    }
  }
}
