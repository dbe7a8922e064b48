/** What a mistyped word was probably meant to be. */

/** The least number of inserted, removed, replaced or swapped neighbouring characters between two words. */
export const editDistance = (from: string, to: string): number => {
  let before: ReadonlyArray<number> = []
  let above = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      let least = Math.min(above[column]! + 1, current[column - 1]! + 1, above[column - 1]! + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) least = Math.min(least, before[column - 2]! + 1)
      current.push(least)
    }
    before = above
    above = current
  }
  return above[to.length]!
}

/** No word of ours is longer; what a script hands over by mistake may be. */
const LONGEST = 40

/**
 * The known words that are near to the given one: those that begin with it, and those that a third of its characters, at most
 * two, make of it.
 */
export const nearest = (word: string, known: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (word.length === 0 || word.length > LONGEST) return []
  const limit = Math.min(2, Math.max(1, Math.floor(word.length / 3)))
  return known
    .map((candidate) => ({
      candidate,
      distance: candidate.startsWith(word) && word.length > 1 ? 0 : editDistance(word, candidate),
    }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate)
}

/** `, did you mean X or Y?` to put behind a word that is not known; empty where nothing is near. */
export const didYouMean = (word: string, known: ReadonlyArray<string>): string => {
  const near = nearest(word, known).slice(0, 3)
  return near.length === 0 ? "" : ` (did you mean ${near.join(" or ")}?)`
}
