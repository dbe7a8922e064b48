/**
 * The way of a message into the log, for every protocol: bounds, quota, backlog, then a durable append.
 *
 * Guarantees:
 * - Whoever is answered with an origin has a message that is durable. A protocol acknowledges nothing before that.
 * - A refused message is not in the log. After a rejection of `submit` nobody knows: the sender sends again, and a repeated
 *   message is recognised.
 * - Nothing is judged here but size and rate. What a message is worth is decided in the stream, with a reason code.
 * Concurrency: any number of calls at once.
 */
import type { Log } from "@assay/log"
import type { Append } from "@assay/telemetry"
import { appendAll } from "./append.ts"
import type { Quota } from "./quota.ts"
import { type Answer, MAX_MESSAGE, type Refusal, type Submission } from "./submission.ts"

export interface IngressOptions {
  readonly log: Log
  readonly quota: Quota
  /** Entries on `submitted` not yet decided above which callers are asked to come again. */
  readonly maxBacklog: number
  readonly backlog: () => Promise<number>
  readonly onAccepted: (count: number) => void
  /** Traced and measured; left out: the log's own. */
  readonly append?: Append
}

export interface Ingress {
  /**
   * Takes what is handed over at once, each or with a refusal.
   * @returns an answer for each, in their order. The quota is taken for all of one principal or for none of them
   * @throws UnavailableError, StorageError, ForbiddenError: some may be in the log
   */
  submit(submissions: ReadonlyArray<Submission>): Promise<ReadonlyArray<Answer>>
}

const BEHIND_MS = 1_000

const malformed = ({ bytes }: Submission): Refusal | null => {
  if (bytes.length === 0) return { code: "empty", sentence: "a message must have bytes", retryAfterMs: null }
  if (bytes.length <= MAX_MESSAGE) return null
  return { code: "too_large", sentence: `the message is larger than ${MAX_MESSAGE} bytes`, retryAfterMs: null }
}

const BEHIND: Refusal = {
  code: "backlog",
  sentence: "the pipeline is behind; nothing of this request was taken",
  retryAfterMs: BEHIND_MS,
}

export const makeIngress = (options: IngressOptions): Ingress => {
  const { log, quota, append = (at, records) => log.append(at, records) } = options

  /** Asks each principal's bucket once; puts the refusals of those who are over their quota in their places. */
  const charge = (submissions: ReadonlyArray<Submission>, answers: Array<Answer | null>): void => {
    const counts = new Map<string, number>()
    submissions.forEach(({ principal }, place) => {
      if (answers[place] === null) counts.set(principal ?? "", (counts.get(principal ?? "") ?? 0) + 1)
    })
    for (const [principal, count] of counts) {
      const waitMs = quota.take(principal, count, Date.now())
      if (waitMs === 0) continue
      const sentence = `${principal || "whoever has no name"} is over its quota`
      submissions.forEach((submission, place) => {
        if ((submission.principal ?? "") === principal)
          answers[place] ??= { code: "quota", sentence, retryAfterMs: waitMs }
      })
    }
  }

  return {
    submit: async (submissions) => {
      const answers: Array<Answer | null> = submissions.map(malformed)
      charge(submissions, answers)
      if (!answers.includes(null)) return answers as ReadonlyArray<Answer>
      if ((await options.backlog()) > options.maxBacklog) return answers.map((answer) => answer ?? BEHIND)
      const places = submissions.flatMap((_, place) => (answers[place] === null ? [place] : []))
      const origins = await appendAll(
        log,
        append,
        places.map((place) => submissions[place]!),
      )
      places.forEach((place, nth) => {
        answers[place] = { origin: origins[nth]! }
      })
      options.onAccepted(places.length)
      return answers as ReadonlyArray<Answer>
    },
  }
}
