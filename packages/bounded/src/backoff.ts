/** How long to wait before a failed step is taken again. */
export interface Pauses {
  /** After the first failure, milliseconds. */
  readonly firstMs: number
  /** No pause is longer, milliseconds. */
  readonly longestMs: number
}

/**
 * Doubled with each attempt, bounded, jittered: what fell together must not come back together.
 * @param attempt 1 after the first failure
 * @returns between half of the pause and all of it
 */
export const pauseMs = ({ firstMs, longestMs }: Pauses, attempt: number, random: () => number = Math.random): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 20)) * (0.5 + random() / 2)
