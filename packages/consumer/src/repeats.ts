/** An outage makes the same problem occur many times a minute: it is reported once in a while. */

const MAX_REPORTED = 100

/** @param everyMs the same text is not reported again within this time */
export const limitRepeats = (
  tell: (what: string, cause: unknown) => void,
  everyMs: number,
): ((what: string, cause: unknown) => void) => {
  const reported = new Map<string, number>()
  return (what, cause) => {
    const text = `${what}: ${cause instanceof Error ? cause.message : String(cause)}`
    const now = performance.now()
    const last = reported.get(text)
    if (last !== undefined && now - last < everyMs) return
    if (reported.size >= MAX_REPORTED) reported.clear()
    reported.set(text, now)
    tell(what, cause)
  }
}
