/**
 * Keeps a log sealed beside the stages that judge. On a log of its own a directory that cannot be sealed in ends the start, for
 * the log itself lies there. On a shared one judging must go on without: it is tried again for as long as the process lives,
 * and reported by `alarm` (not ready) and by the age of what is unsealed (an alert). There several processes may have the
 * directory: one holds the lease and seals, the others stand by, which is no alarm, and one of them follows it (`lease.ts`).
 */
import { setTimeout as delay } from "node:timers/promises"
import type { Log } from "@assay/log"
import type { Witnesses } from "@assay/witness"
import { SealerError } from "./error.ts"
import { Lease } from "./lease.ts"
import { claimLog, type LogKeys, openLogKeys } from "./log-key.ts"
import { ALARM_MS, type RunningSealers, refuseEmbedded, startSealers } from "./start.ts"
import { unsealedAge } from "./unsealed.ts"

/** A former process may have to end first, or somebody brings the directory back. */
const RETRY_MS = 5_000
const LEASE_MS = 6_000

export interface KeepOptions {
  /** After this pause a start that failed is tried again, and what is unsealed elsewhere is measured. */
  readonly retryMs?: number
  /** So long after its holder's last sign of life another process seals. */
  readonly leaseMs?: number
  /** This process stands by, seals, or seals no more: a sentence for people. */
  readonly onLease?: (text: string) => void
}

const isFenced = (cause: unknown): boolean => cause instanceof SealerError && cause.code === "fenced"

/** @throws what `startSealers` does, on a log of its own only */
export const keepSealed = async (
  log: Log,
  dir: string,
  onProblem: (cause: unknown) => void,
  witnesses: Witnesses | null = null,
  keys: ReadonlyArray<string> = [],
  options: KeepOptions = {},
): Promise<RunningSealers> => {
  if (!log.traits.shared) return startSealers(log, dir, onProblem, witnesses, keys)
  const { retryMs = RETRY_MS, leaseMs = LEASE_MS, onLease = () => undefined } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const ages = new Array<number>(log.partitions).fill(0)
  let running: RunningSealers | null = null
  let problem: unknown = null
  let hasTried: () => void = () => undefined
  /** The first attempt has come to something: it seals, stands by, or has failed. */
  const tried = new Promise<void>((resolve) => {
    hasTried = resolve
  })

  const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal }).catch(() => undefined)
  const measure = async (): Promise<void> => {
    for (let partition = 0; partition < ages.length; partition++)
      ages[partition] = await unsealedAge(log, partition, Date.now())
  }
  const measureOn = async (): Promise<void> => {
    while (!signal.aborted) {
      if (running === null) await measure().catch(onProblem)
      await pause(retryMs)
    }
  }

  /** Seals until the lease is lost, or to the end. */
  const sealUnder = async (lease: Lease, opened: LogKeys): Promise<void> => {
    const onFailure = (cause: unknown): void => {
      if (isFenced(cause)) lease.lose()
      else onProblem(cause)
    }
    const sealers = await startSealers(log, dir, onFailure, witnesses, opened, lease)
    running = sealers
    problem = null
    onLease(`this process seals the log: term ${lease.term}`)
    hasTried()
    const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))
    if (!signal.aborted) await Promise.race([lease.lost, stopped])
    if (!signal.aborted) onLease("another process seals the log now; this one stands by")
    await sealers.stop().finally(() => {
      if (!signal.aborted) running = null
    })
  }

  const failed = (cause: unknown): void => {
    problem = cause
    onProblem(cause)
    hasTried()
  }

  const turn = async (): Promise<void> => {
    refuseEmbedded(dir)
    // Opened once, for standing by and for sealing: each opening is a login at what keeps the keys.
    const opened = await openLogKeys(dir, keys)
    const lease = await waitForLease(opened).catch(async (cause: unknown) => {
      await opened.close()
      throw cause
    })
    if (lease === null) return opened.close()
    try {
      await sealUnder(lease, opened)
    } finally {
      await lease.release()
    }
  }

  const waitForLease = async (opened: LogKeys): Promise<Lease | null> => {
    // One that stands by with another directory than the log's would be found out only when it is needed.
    await claimLog(dir, log, opened)
    return Lease.take(log, {
      leaseMs,
      signal,
      onWait: (holder) => {
        problem = null
        onLease(`${holder} seals the log; this process stands by`)
        hasTried()
      },
      onProblem: failed,
    })
  }

  const keep = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await turn()
      } catch (cause) {
        failed(cause)
        await pause(retryMs)
      }
    }
  }
  const done = Promise.all([keep(), measureOn()])
  await tried
  return {
    settled: async () => {
      for (;;) {
        if (running !== null) return running.settled()
        if (problem !== null) throw problem
        // Another process seals: its positions tell.
        await measure()
        if (ages.every((age) => age === 0)) return
        await pause(Math.min(retryMs, 250))
        signal.throwIfAborted()
      }
    },
    stop: async () => {
      stopping.abort()
      await done
    },
    alarm: () => {
      if (running !== null) return running.alarm()
      if (problem !== null)
        return `nothing is sealed here, and it is tried again: ${problem instanceof Error ? problem.message : String(problem)}`
      const age = Math.max(...ages)
      return age > ALARM_MS ? `audit events have been unsealed for ${Math.round(age / 1000)} s` : null
    },
    seals: () =>
      running === null
        ? ages.map((unsealedAgeMs, partition) => ({ partition, unsealedAgeMs, leaves: null, stopped: false }))
        : running.seals(),
  }
}
