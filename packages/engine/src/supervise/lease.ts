/**
 * The log as one runner may use it, until the runner is abandoned: from then on every call rejects, those under way too, so
 * that a runner which hung and wakes up can neither commit nor go on reading. (What was already on its way to the servers may
 * still come to be; the next owner's `take` settles that.)
 */
import type { Log } from "@assay/log"

export interface Lease {
  readonly log: Log
  /** When a call last came back, by `performance.now()`. */
  activeAt(): number
  /** Whether a call is under way. */
  isAsking(): boolean
  revoke(): void
}

export class RevokedError extends Error {
  override readonly name = "RevokedError"

  constructor() {
    super("this runner was abandoned: its partition is judged by another")
  }
}

export const leaseOf = (log: Log): Lease => {
  // Not Promise.race against one promise: each race would leave a reaction on it for as long as the runner lives.
  const pending = new Set<(cause: RevokedError) => void>()
  let revoked = false
  let active = performance.now()

  const held = <A>(call: () => Promise<A>): Promise<A> =>
    new Promise<A>((resolve, reject) => {
      if (revoked) {
        reject(new RevokedError())
        return
      }
      pending.add(reject)
      const back = (): void => {
        pending.delete(reject)
        active = performance.now()
      }
      call().then(
        (value) => {
          back()
          resolve(value)
        },
        (cause) => {
          back()
          reject(cause)
        },
      )
    })

  return {
    log: {
      partitions: log.partitions,
      epoch: log.epoch,
      genesis: log.genesis,
      traits: log.traits,
      append: (at, records) => held(() => log.append(at, records)),
      read: (at, from, maxRecords, maxBytes) => held(() => log.read(at, from, maxRecords, maxBytes)),
      bounds: (at) => held(() => log.bounds(at)),
      ...(log.shown === undefined ? {} : { shown: (at) => held(() => log.shown!(at)) }),
      ...(log.heldBack === undefined ? {} : { heldBack: (at) => held(() => log.heldBack!(at)) }),
      position: (group, at) => held(() => log.position(group, at)),
      take: (group, at, known) => held(() => log.take(group, at, known)),
      join: (group, stream, onAssigned) => held(() => log.join(group, stream, onAssigned)),
      commit: (partition, commit) => held(() => log.commit(partition, commit)),
      waitFor: (at, from, signal) => held(() => log.waitFor(at, from, signal)),
      cells: {
        get: (partition, name) => held(() => log.cells.get(partition, name)),
        swap: (partition, name, expected, value) => held(() => log.cells.swap(partition, name, expected, value)),
      },
      close: () => held(() => log.close()),
    },
    activeAt: () => active,
    isAsking: () => pending.size > 0,
    revoke: () => {
      revoked = true
      for (const reject of pending) reject(new RevokedError())
      pending.clear()
    },
  }
}
