/** An outage makes the same problem occur many times a minute: it is told once in a while. */

const MAX_TOLD = 100

/** @param everyMs the same text is not told again within this time */
export const seldom = (
  tell: (what: string, cause: unknown) => void,
  everyMs: number,
): ((what: string, cause: unknown) => void) => {
  const told = new Map<string, number>()
  return (what, cause) => {
    const text = `${what}: ${cause instanceof Error ? cause.message : String(cause)}`
    const now = performance.now()
    const last = told.get(text)
    if (last !== undefined && now - last < everyMs) return
    if (told.size >= MAX_TOLD) told.clear()
    told.set(text, now)
    tell(what, cause)
  }
}
