/** Many containers hand over at once: what comes while a batch is on its way makes the next one. */
import type { Ingress } from "../core/ingress.ts"
import type { Answer, Submission } from "../core/submission.ts"

interface Part {
  readonly submissions: ReadonlyArray<Submission>
  readonly done: PromiseWithResolvers<ReadonlyArray<Answer>>
}

const MAX_MESSAGES = 256
const MAX_BYTES = 4 << 20

const bytesOf = ({ submissions }: Part): number => submissions.reduce((sum, { bytes }) => sum + bytes.length, 0)

/** One batch at a time, in the order of the calls. `submit` rejects for all of a batch, as that of `ingress` does. */
export const inBatches = (ingress: Ingress): Ingress => {
  const waiting: Array<Part> = []
  let isRunning = false

  const next = (): ReadonlyArray<Part> => {
    let [messages, bytes, count] = [0, 0, 0]
    for (const part of waiting) {
      messages += part.submissions.length
      bytes += bytesOf(part)
      if (count > 0 && (messages > MAX_MESSAGES || bytes > MAX_BYTES)) break
      count += 1
    }
    return waiting.splice(0, count)
  }
  const run = async (): Promise<void> => {
    isRunning = true
    while (waiting.length > 0) {
      const parts = next()
      try {
        const answers = await ingress.submit(parts.flatMap(({ submissions }) => submissions))
        let from = 0
        for (const { submissions, done } of parts) {
          done.resolve(answers.slice(from, from + submissions.length))
          from += submissions.length
        }
      } catch (cause) {
        for (const { done } of parts) done.reject(cause)
      }
    }
    isRunning = false
  }
  return {
    submit: (submissions) => {
      const done = Promise.withResolvers<ReadonlyArray<Answer>>()
      waiting.push({ submissions, done })
      if (!isRunning) void run()
      return done.promise
    },
  }
}
