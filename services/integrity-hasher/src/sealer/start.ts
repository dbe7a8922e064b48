/**
 * The sealers of a process, one for each partition, with the log's keys (`log-key.ts`). The directory belongs to one
 * process at a time: on the embedded log it is the log's own, on a shared one it is locked here, or has a lease (`lease.ts`).
 */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { DataDirError, type Log } from "@assay/log"
import { lockDir } from "@assay/log/embedded"
import { type LogSigner, verifierKey } from "@assay/transparency"
import {
  directoryTiles,
  KeyStore,
  logDirectory,
  readCosigned,
  readPublished,
  refuseLinkedDirectories,
  writeCosigned,
} from "@assay/transparency/storage"
import { type CosignedLog, startCosigning, type Witnesses } from "@assay/witness"
import type { Lease } from "./lease.ts"
import { claimLog, type LogKeys, openLogKeys } from "./log-key.ts"
import { originOf } from "./origin.ts"
import { type RunningSealer, runSealer } from "./run.ts"
import { copySalts, removeFormerSalts, saltsOf, saltsPath } from "./salts.ts"
import { Sealer, type SealerLease } from "./sealer.ts"

const MAX_BATCH = 4_096
/** Unsealed events older than this make the node not ready. */
export const ALARM_MS = 30_000
/** So long what it met counts as what holds it up: it tries again more often than that. */
const PROBLEM_MS = 60_000

export interface RunningSealers {
  /** Resolves when all of audit.events is sealed. Rejects when a sealer gave up. */
  settled(): Promise<void>
  /** Seals what is there, then ends. */
  stop(): Promise<void>
  /** Why somebody should look, or null. */
  alarm(): string | null
  /** How far each partition is sealed; `leaves` is null where that is not known here, `stopped` where a person must look first. */
  seals(): ReadonlyArray<{
    readonly partition: number
    readonly unsealedAgeMs: number
    readonly leaves: number | null
    readonly stopped: boolean
  }>
}

/** Before anything is made there, or claimed by what lies there. @throws DataDirError where it is that of an embedded log */
export const refuseEmbedded = (dir: string): void => {
  if (existsSync(join(dir, "assay.json")))
    throw new DataDirError(
      `${dir} holds an embedded log: the tiles of a log on Kafka need a directory of their own, name it with --data`,
    )
}

/**
 * With a lease the lock is given back at once: it only finds a process that knows no leases, such as an older version.
 * @throws DataDirError where the directory is another's: of another process, or of an embedded log
 */
const claimDirectory = (dir: string, lease: Lease | null): (() => void) => {
  refuseEmbedded(dir)
  const release = lockDir(dir)
  if (lease === null) return release
  release()
  return () => undefined
}

const leaseOf = (lease: Lease, dir: string, partition: number): SealerLease => {
  let salts: KeyStore | null = null
  return {
    term: lease.term,
    refuseIfOver: () => lease.refuseIfOver(),
    confirm: () => lease.confirm(),
    claimSalts: async (from) => {
      await salts?.close()
      await copySalts(dir, partition, from, lease.term)
      salts = await KeyStore.open(saltsOf(dir, partition, lease.term))
      return salts
    },
    removeFormerSalts: () => removeFormerSalts(dir, partition, lease.term),
  }
}

/** One for each partition, not running yet. @throws what opening the salts does; nothing is left open then */
const openSealers = async (
  log: Log,
  dir: string,
  generation: number,
  [signer, ...moreSigners]: LogKeys["signers"],
  onUndone: (cause: unknown) => void,
  lease: Lease | null,
): Promise<ReadonlyArray<Sealer>> => {
  const opened: Array<Sealer> = []
  try {
    for (let partition = 0; partition < log.partitions; partition++) {
      const directory = logDirectory(dir, partition)
      await refuseLinkedDirectories(directory, dirname(directory))
      const salts =
        lease === null
          ? { keys: await KeyStore.open(saltsPath(dir, partition)) }
          : { lease: leaseOf(lease, dir, partition) }
      const origin = originOf(log.epoch, partition, generation)
      const sealer = new Sealer({
        log,
        partition,
        directory,
        origin,
        signer,
        moreSigners,
        ...salts,
        maxBatch: MAX_BATCH,
        onUndone,
      })
      opened.push(sealer)
      if (!log.traits.shared) await sealer.resume()
    }
    return opened
  } catch (cause) {
    await Promise.all(opened.map((sealer) => sealer.close()))
    throw cause
  }
}

/** The logs of all partitions, as witnesses are asked for them. */
const cosignedLogs = (
  log: Log,
  dir: string,
  generation: number,
  signer: LogSigner,
  lease: Lease | null,
): ReadonlyArray<CosignedLog> =>
  Array.from({ length: log.partitions }, (_, partition) => {
    const directory = logDirectory(dir, partition)
    return {
      key: verifierKey(originOf(log.epoch, partition, generation), signer.publicKey),
      tiles: directoryTiles(directory),
      published: () => readPublished(directory),
      kept: () => readCosigned(directory),
      keep: async (note) => {
        lease?.refuseIfOver()
        await writeCosigned(directory, note)
      },
    }
  })

/**
 * Restores each sealer (finishing a seal that was cut short), then seals as events come. On a shared log it does not wait for
 * that: what is wrong is reported by `alarm`, and no stage stands still for it.
 * @param keys references to the log's keys (`log-key.ts`), none: the key of the directory; or the keys themselves, where the caller
 *   has opened them: they are closed when the sealers stop, or do not start
 * @param lease under which it seals; null: the directory is locked for this process alone
 * @throws SealerError, DataDirError, LinkedFileError, KeyError, KeyUnreachableError; the directory is free again then
 */
export const startSealers = async (
  log: Log,
  dir: string,
  onProblem: (cause: unknown) => void,
  witnesses: Witnesses | null = null,
  keys: ReadonlyArray<string> | LogKeys = [],
  lease: Lease | null = null,
): Promise<RunningSealers> => {
  let release = (): void => undefined
  let opened: Awaited<ReturnType<typeof openSealers>>
  let logKeys = "signers" in keys ? keys : null
  let generation: number
  try {
    if (log.traits.shared) release = claimDirectory(dir, lease)
    logKeys = "signers" in keys ? keys : await openLogKeys(dir, keys)
    generation = await claimLog(dir, log, logKeys)
    opened = await openSealers(log, dir, generation, logKeys.signers, onProblem, lease)
  } catch (cause) {
    await logKeys?.close()
    release()
    throw cause
  }
  const { signers, close } = logKeys
  const stopped = new Map<number, string>()
  let problem = { text: "", at: Number.NEGATIVE_INFINITY }
  /** What a sealer met just now: why it is behind. */
  const why = (): string => (Date.now() - problem.at < PROBLEM_MS ? `: ${problem.text}` : "")
  const running: ReadonlyArray<RunningSealer> = opened.map((sealer, partition) => {
    const onFailure = (cause: unknown, fatal: boolean): void => {
      problem = { text: (cause as Error).message, at: Date.now() }
      if (fatal) stopped.set(partition, `the sealer of partition ${partition} stopped: ${(cause as Error).message}`)
      onProblem(cause)
    }
    return runSealer(sealer, { log, partition, maxBatch: MAX_BATCH, onProblem: onFailure })
  })
  const cosigning =
    witnesses === null
      ? null
      : startCosigning({ ...witnesses, logs: cosignedLogs(log, dir, generation, signers[0], lease) })
  const age = (): number => Math.max(...running.map((sealer) => sealer.metrics().unsealedAgeMs))
  return {
    settled: async () => {
      await Promise.all(running.map((sealer) => sealer.settled()))
    },
    stop: async () => {
      await cosigning?.stop()
      const ends = await Promise.allSettled(running.map((sealer) => sealer.stop()))
      for (const end of ends) if (end.status === "rejected") onProblem(end.reason)
      await Promise.all([...opened.map((sealer) => sealer.close()), close()])
      release()
    },
    alarm: () =>
      [...stopped.values()].at(-1) ??
      (age() > ALARM_MS ? `audit events have been unsealed for ${Math.round(age() / 1000)} s${why()}` : null),
    seals: () =>
      running.map((sealer, partition) => {
        const { unsealedAgeMs, size } = sealer.metrics()
        return { partition, unsealedAgeMs, leaves: size, stopped: stopped.has(partition) }
      }),
  }
}
