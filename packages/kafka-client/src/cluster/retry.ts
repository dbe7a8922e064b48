/** Goes on trying while brokers are gone, for a bounded time; the one place with backoff. */
import { setTimeout as delay } from "node:timers/promises"
import { UnavailableError } from "@assay/log"
import { isTransient } from "./outcome.ts"

const FIRST_MS = 10
const LAST_MS = 500

/**
 * @param what for the error: "fetching audit.events.v1/3"
 * @param between called after each transient failure, before the next attempt; looks at the cluster anew, say
 * @throws UnavailableError after `budgetMs` of transient failures; other errors at once, as they are
 */
export const retrying = async <T>(
  what: string,
  budgetMs: number,
  attempt: () => Promise<T>,
  between: (cause: unknown) => Promise<void> = async () => undefined,
): Promise<T> => {
  const until = performance.now() + budgetMs
  for (let wait = FIRST_MS; ; wait = Math.min(LAST_MS, wait * 2)) {
    try {
      return await attempt()
    } catch (cause) {
      if (!isTransient(cause)) throw cause
      if (performance.now() + wait > until)
        throw new UnavailableError(`${what}: ${(cause as Error).message}; tried for ${Math.round(budgetMs / 1000)} s`, {
          cause,
        })
      await between(cause)
      // Jitter: many partitions fail at the same moment when a broker goes.
      await delay(wait * (0.5 + Math.random() / 2))
    }
  }
}
