/** One rendering of the metrics for everybody who asks at about the same time: anybody may ask, as often as they like. */

/** Nobody who scrapes on purpose asks twice within this time. Milliseconds. */
const SHORTEST_MS = 250
/** Rendering also waits for what answers late, and what is shown must not stay old for that. Milliseconds. */
const LONGEST_MS = 2_000
/** Rendering takes at most this share of one thread, however often somebody asks. */
const SHARE = 0.05

/**
 * @param render the text as of now; a rejection is everybody's who waits for it, and the next call tries again
 * @returns gives the bytes of a text that is at most 250 milliseconds old, or 20 times as old as rendering it took,
 * but no older than 2 seconds. They are shared: never to be written to
 */
export const sharedScrape = (
  render: () => Promise<string>,
  now: () => number = () => performance.now(),
): (() => Promise<Buffer>) => {
  let shared: Promise<Buffer> | null = null
  let until = Number.POSITIVE_INFINITY
  const start = async (): Promise<Buffer> => {
    const began = now()
    const bytes = Buffer.from(await render())
    until = now() + Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (now() - began) / SHARE))
    return bytes
  }
  return () => {
    if (shared !== null && now() < until) return shared
    until = Number.POSITIVE_INFINITY
    const made = start()
    made.catch(() => {
      shared = null
    })
    shared = made
    return made
  }
}
