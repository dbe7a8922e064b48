/** Words of a call that come from a closed set: verbs, names of streams and services, values of options. */
import { didYouMean } from "@assay/settings"
import { type Arguments, UsageError } from "./command.ts"

/** `a, b or c`. */
const listOf = (words: ReadonlyArray<string>): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`

/** That a word is none of those known, which they are, and which was probably meant. */
export const noneOf = (what: string, word: string, known: ReadonlyArray<string>): UsageError =>
  new UsageError(`${what} takes ${listOf(known)}, not ${JSON.stringify(word)}${didYouMean(word, known)}`)

/**
 * @param what takes it: `--alg`, `assay topics`
 * @param word undefined where the call ends before it
 * @throws UsageError
 */
export const choose = <const V extends string>(what: string, word: string | undefined, known: ReadonlyArray<V>): V => {
  if (word === undefined) throw new UsageError(`${what} takes ${listOf(known)}`)
  const found = known.find((one) => one === word)
  if (found === undefined) throw noneOf(what, word, known)
  return found
}

/** The value of an option that is given or has a default. @throws UsageError */
export const chosen = <const V extends string>(given: Arguments, option: string, known: ReadonlyArray<V>): V =>
  choose(`--${option}`, given.required(option), known)

/** The same of an option that may be left out. @throws UsageError */
export const chosenOrNull = <const V extends string>(
  given: Arguments,
  option: string,
  known: ReadonlyArray<V>,
): V | null => (given.text(option) === null ? null : chosen(given, option, known))
