/** Numbers that follow from a seed, so that a run can be repeated. */
import { createHash } from "node:crypto"

export interface Random {
  /** 0 <= x < 1. */
  next(): number
  /** A whole number from 0 below `limit`. */
  below(limit: number): number
  pick<T>(from: ReadonlyArray<T>): T
  shuffled<T>(from: ReadonlyArray<T>): Array<T>
  /** Normally distributed, with mean 0 and standard deviation 1 (Box and Muller 1958). */
  normal(): number
}

/** mulberry32, from the first 32 bits of the seed's SHA-256. */
export const randomOf = (seed: string): Random => {
  let state = createHash("sha256").update(seed).digest().readUInt32LE(0)
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    pick: (from) => from[below(from.length)]!,
    shuffled: (from) => {
      const all = [...from]
      for (let last = all.length - 1; last > 0; last--) {
        const other = below(last + 1)
        ;[all[last], all[other]] = [all[other]!, all[last]!]
      }
      return all
    },
    // 1 - x lies in 0 < x <= 1: there is no logarithm of 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
}
