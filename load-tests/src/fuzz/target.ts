/** A parser under test: what it is given first, and what must hold of every answer. */

export interface Target {
  /** As in `--target` and in the corpus: `[a-z0-9-]+`. */
  readonly name: string
  /** For people: the function, and who may send it bytes. */
  readonly about: string
  /** Valid inputs, which the mutations start from. Each must be accepted. */
  seeds(): ReadonlyArray<Uint8Array>
  /** CPU that an input of 1 MB may take, milliseconds (default 1,000). */
  readonly slowMs?: number
  /** Mutations are cut off behind so many bytes: where a parser is slow and each larger input would cost seconds (default: 1 MB). */
  readonly maxBytes?: number
  /**
   * Parses once. Returns whether it was accepted.
   * @throws anything but a refusal is a finding: what the parser does not promise to throw, or an answer that breaks a promise
   */
  check(bytes: Uint8Array): boolean | Promise<boolean>
}

/** What an input did wrong. */
export interface Finding {
  readonly target: string
  /** "seed", "corpus", or the number of the mutation, which follows from the run's seed. */
  readonly input: string
  readonly problem: string
  /** Base64. */
  readonly bytes: string
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8")

/** Turns the errors that a parser promises into a refusal. */
export const refusedBy = (expected: ReadonlyArray<new (...args: never) => Error>, parse: () => unknown): boolean => {
  try {
    parse()
    return true
  } catch (error) {
    if (expected.some((known) => error instanceof known)) return false
    throw error
  }
}
