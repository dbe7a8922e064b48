/** Which of two versions comes first, where that is known. */

/** Semantic versioning 2.0.0, section 11; the number of parts before the first hyphen is free. Null where it is no such version. */
const parse = (
  version: string,
): { readonly numbers: ReadonlyArray<number>; readonly before: ReadonlyArray<string> } | null => {
  const match = /^v?(\d+(?:\.\d+){0,5})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(version)
  if (match === null) return null
  return { numbers: match[1]!.split(".").map(Number), before: match[2] === undefined ? [] : match[2].split(".") }
}

const compareWords = (a: string, b: string): number => {
  const [isA, isB] = [a, b].map((one) => /^\d+$/.test(one))
  if (isA && isB) return Math.sign(Number(a) - Number(b))
  if (isA !== isB) return isA ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

/** Below 0, 0 or above it; null where that is not known. */
export const compareVersions = (left: string, right: string): number | null => {
  const [a, b] = [parse(left), parse(right)]
  if (a === null || b === null) return null
  for (let n = 0; n < Math.max(a.numbers.length, b.numbers.length); n++) {
    const difference = (a.numbers[n] ?? 0) - (b.numbers[n] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  if (a.before.length === 0 || b.before.length === 0)
    return Math.sign(Number(a.before.length === 0) - Number(b.before.length === 0))
  for (let n = 0; n < Math.max(a.before.length, b.before.length); n++) {
    const [x, y] = [a.before[n], b.before[n]]
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1
    const order = compareWords(x, y)
    if (order !== 0) return order
  }
  return 0
}
