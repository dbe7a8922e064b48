/** What is remembered of one device: where it stands in its own sequence. About 0.8 kB in memory, 0.7 kB stored. */

export interface IdentityState {
  /** Boot epoch of the newest accepted message; -1 before the first. */
  readonly epo: number
  /** Highest counter accepted in `epo`; -1 before the first. */
  readonly head: number
  /** Latest `iat` accepted, seconds. */
  readonly iat: number
  /** The later of the first `iat` in `epo` and all before it: what an older epoch signs later than this, a second copy signed. */
  readonly since: number
  /** The epoch before and its head; -1 where there is none. */
  readonly previousEpo: number
  readonly previousHead: number
  /** `iat` of the newest message that was refused and held against the device; -1 before the first. */
  readonly refused: number
  /** `iat` of the newest presentation; -1 before the first. */
  readonly presented: number
  /** Layout in `memory.ts`. */
  readonly memory: string
}
