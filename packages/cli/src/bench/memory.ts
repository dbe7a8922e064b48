/** What a device takes of memory: states lie in the threads that judge, so it is read of the whole process. */
import { readFileSync } from "node:fs"

/** Fewer devices than this take less than caches and garbage do. */
const ENOUGH = 500_000

/** Resident memory that is no page of a file, so without the pages of the log; null where the kernel does not say. */
const anonymousBytes = (): number | null => {
  try {
    const found = /^RssAnon:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]
    return found === undefined ? null : Number(found) * 1024
  } catch {
    return null
  }
}

/**
 * Begins to measure. The function that is returned says what has come since, by device: states, names and indexes, and also what the
 * collectors of threads have not freed. Null where the kernel does not say, or where the fleet is too small.
 */
export const memoryOf = (devices: number): (() => number | null) => {
  const collect = (): void => (globalThis as { gc?: () => void }).gc?.()
  collect()
  const before = anonymousBytes()
  return () => {
    collect()
    const after = anonymousBytes()
    return before === null || after === null || devices < ENOUGH ? null : Math.round((after - before) / devices)
  }
}
