/** What a receiver has, held against what was written. */

/** One event as the receiver has it. */
export interface Got {
  /** The idempotency key. */
  readonly key: string
  /** It bears the mark of a possible repeat. */
  readonly isMarked: boolean
}

export interface Checked {
  readonly written: number
  readonly received: number
  /** Written and nowhere received: must be none. */
  readonly missing: ReadonlyArray<string>
  /** Received more than once. */
  readonly repeated: number
  /** Of those, received again without a mark: must be none. */
  readonly unmarked: ReadonlyArray<string>
  /** Received and never written: must be none. */
  readonly foreign: ReadonlyArray<string>
}

/** Of each finding, so many are named. */
const SHOWN = 20

export const check = (written: ReadonlySet<string>, received: ReadonlyArray<Got>): Checked => {
  const seen = new Map<string, { times: number; marked: number }>()
  for (const { key, isMarked } of received) {
    const found = seen.get(key) ?? { times: 0, marked: 0 }
    found.times += 1
    if (isMarked) found.marked += 1
    seen.set(key, found)
  }
  const all = [...seen]
  return {
    written: written.size,
    received: received.length,
    missing: [...written].filter((key) => !seen.has(key)).slice(0, SHOWN),
    repeated: all.filter(([, { times }]) => times > 1).length,
    unmarked: all
      .filter(([, { times, marked }]) => times - marked > 1)
      .map(([key]) => key)
      .slice(0, SHOWN),
    foreign: all
      .filter(([key]) => !written.has(key))
      .map(([key]) => key)
      .slice(0, SHOWN),
  }
}

export const failuresOf = (part: string, { missing, unmarked, foreign }: Checked): ReadonlyArray<string> => [
  ...missing.map((key) => `${part}: ${key} is missing`),
  ...unmarked.map((key) => `${part}: ${key} came twice, and no copy is marked as a possible repeat`),
  ...foreign.map((key) => `${part}: ${JSON.stringify(key)} was never written`),
]
