/** Files of runs that were kept, as some command wrote them. */
import { readFileSync } from "node:fs"

/**
 * @param holds whether it is one
 * @param lacks what it has not where it is none, and what writes one
 * @param Problem what is thrown where it cannot be read, or is none
 */
export const readRunsAs = <A>(
  file: string,
  holds: (found: A) => boolean,
  lacks: string,
  Problem: new (message: string) => Error,
): A => {
  let found: A
  try {
    found = JSON.parse(readFileSync(file, "utf8")) as A
  } catch (cause) {
    throw new Problem(`${file} cannot be read as JSON: ${(cause as Error).message}`)
  }
  if (!holds(found)) throw new Problem(`${file} ${lacks}`)
  return found
}
