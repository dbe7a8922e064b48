/** Cross-validation by file: what is fitted is fitted on other files than it is measured on. */

/** Which fold each of `count` files is in, in turns: families lie side by side in a listing, and each fold gets of each. */
export const foldOf = (index: number, folds: number): number => index % folds

/**
 * The mean over the folds of what the candidate that is best on the other folds scores on this one.
 * @param candidates by candidate, a value for each file, all alike
 * @param score of a set of files; null where the set can show nothing
 */
export const crossValidated = <File>(
  candidates: ReadonlyArray<ReadonlyArray<File>>,
  folds: number,
  score: (files: ReadonlyArray<File>) => number | null,
): {
  readonly mean: number | null
  readonly folds: ReadonlyArray<number | null>
  readonly chosen: ReadonlyArray<number>
} => {
  const chosen: Array<number> = []
  const scores = Array.from({ length: folds }, (_, fold) => {
    const part = (files: ReadonlyArray<File>, within: boolean): ReadonlyArray<File> =>
      files.filter((_, index) => (foldOf(index, folds) === fold) === within)
    const trained = candidates.map((files) => score(part(files, false)) ?? Number.NEGATIVE_INFINITY)
    const best = trained.indexOf(Math.max(...trained))
    chosen.push(best)
    return score(part(candidates[best]!, true))
  })
  const known = scores.filter((one) => one !== null)
  return {
    mean: known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0) / known.length,
    folds: scores,
    chosen,
  }
}
