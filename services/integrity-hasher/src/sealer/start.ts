/**
 * The sealers of a process, one for each partition, with the log's key in a file beside them. The directory belongs to one
 * process at a time: on the embedded log it is the log's own, on a shared one it is locked here.
 */
import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import { existsSync, mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { DataDirError, type Log } from "@assay/log"
import { lockDir } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import { encodeVkey, keySigner, type LogSigner, verifierKey } from "@assay/transparency"
import {
  createKeyFile,
  directoryTiles,
  KeyStore,
  logDirectory,
  readCosigned,
  readKeyFile,
  readPublished,
  refuseLinkedDirectories,
  writeCosigned,
  writeKeyFile,
} from "@assay/transparency/storage"
import { type CosignedLog, startCosigning, type Witnesses } from "@assay/witness"
import { type RunningSealer, runSealer } from "./run.ts"
import { Sealer } from "./sealer.ts"

/** The first part of every log's origin. */
const DOMAIN = "assay.local"
const MAX_BATCH = 4_096
/** The verifier key of partition 0. */
const KEY_CELL = "sealer.key"
/** Unsealed events older than this make the node not ready. */
const ALARM_MS = 30_000

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

/** `<domain>/audit/<stream>/<partition>/<epoch>`: a log's name for ever. */
export const originOf = (epoch: number, partition: number): string =>
  `${DOMAIN}/audit/${STREAMS.audit}/${partition}/${epoch}`

const keyPath = (dir: string): string => join(dir, "log-key.pem")
/** The directory of the verifier keys: what `assay verify --key` takes. */
export const vkeysPath = (dir: string): string => join(dir, "vkeys")
/** The verifier key of one partition's log, one line as Go's `note` reads it. */
export const vkeyPath = (dir: string, partition: number): string =>
  join(vkeysPath(dir), `p${String(partition).padStart(3, "0")}.vkey`)
export const saltsPath = (dir: string, partition: number): string =>
  join(dir, "salts", `p${String(partition).padStart(3, "0")}`)

/** @throws LinkedFileError where somebody put a link in a key's place */
const openSigner = async (dir: string, log: Log): Promise<LogSigner> => {
  const path = keyPath(dir)
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync("ed25519")
    createKeyFile(path, privateKey.export({ format: "pem", type: "pkcs8" }).toString(), 0o600)
  }
  const signer = keySigner(createPrivateKey(readKeyFile(path)))
  mkdirSync(vkeysPath(dir), { recursive: true, mode: 0o700 })
  await refuseLinkedDirectories(vkeysPath(dir), vkeysPath(dir))
  for (let partition = 0; partition < log.partitions; partition++) {
    const vkey = encodeVkey(verifierKey(originOf(log.epoch, partition), signer.publicKey))
    writeKeyFile(vkeyPath(dir, partition), `${vkey}\n`, 0o600)
  }
  return signer
}

/** @throws DataDirError where the directory is another's: of another process, or of an embedded log */
const claimDirectory = (dir: string): (() => void) => {
  if (existsSync(join(dir, "assay.json")))
    throw new DataDirError(
      `${dir} holds an embedded log: the tiles of a log on Kafka need a directory of their own, name it with --data`,
    )
  return lockDir(dir)
}

/**
 * On a shared log a cell says by which key it is sealed, for ever: a second directory would seal some partitions, the first
 * the others, and neither would be the log. The embedded log and its directory are one.
 * @throws DataDirError where it is another's
 */
const claimLog = async (log: Log, dir: string, signer: LogSigner): Promise<void> => {
  const mine = Buffer.from(encodeVkey(verifierKey(originOf(log.epoch, 0), signer.publicKey)))
  if (await log.cells.swap(0, KEY_CELL, null, mine)) return
  const theirs = await log.cells.get(0, KEY_CELL)
  if (theirs !== null && Buffer.compare(theirs, mine) === 0) return
  throw new DataDirError(
    `${keyPath(dir)} is not the key that seals this log, which is ${Buffer.from(theirs ?? []).toString("utf8")}: only the process that has the log's own directory seals; leave --data (or ASSAY_DATA) out, set ASSAY_SEAL=off, or restore that directory`,
  )
}

/** One for each partition, not running yet. @throws what opening the salts does; nothing is left open then */
const openSealers = async (
  log: Log,
  dir: string,
  signer: LogSigner,
  onUndone: (cause: unknown) => void,
): Promise<ReadonlyArray<{ readonly sealer: Sealer; readonly keys: KeyStore }>> => {
  const opened: Array<{ readonly sealer: Sealer; readonly keys: KeyStore }> = []
  try {
    for (let partition = 0; partition < log.partitions; partition++) {
      const keys = await KeyStore.open(saltsPath(dir, partition))
      const directory = logDirectory(dir, partition)
      await refuseLinkedDirectories(directory, dirname(directory))
      const origin = originOf(log.epoch, partition)
      const sealer = new Sealer({ log, partition, directory, origin, signer, keys, maxBatch: MAX_BATCH, onUndone })
      opened.push({ sealer, keys })
      if (!log.traits.shared) await sealer.resume()
    }
    return opened
  } catch (cause) {
    await Promise.all(opened.map(({ keys }) => keys.close()))
    throw cause
  }
}

/** The logs of all partitions, as witnesses are asked for them. */
const cosignedLogs = (log: Log, dir: string, signer: LogSigner): ReadonlyArray<CosignedLog> =>
  Array.from({ length: log.partitions }, (_, partition) => {
    const directory = logDirectory(dir, partition)
    return {
      key: verifierKey(originOf(log.epoch, partition), signer.publicKey),
      tiles: directoryTiles(directory),
      published: () => readPublished(directory),
      kept: () => readCosigned(directory),
      keep: (note) => writeCosigned(directory, note),
    }
  })

/**
 * Restores each sealer (finishing a seal that was cut short), then seals as events come. On a shared log it does not wait for
 * that: what is wrong is reported by `alarm`, and no stage stands still for it.
 * @throws SealerError, DataDirError, LinkedFileError; the directory is free again then
 */
export const startSealers = async (
  log: Log,
  dir: string,
  onProblem: (cause: unknown) => void,
  witnesses: Witnesses | null = null,
): Promise<RunningSealers> => {
  const release = log.traits.shared ? claimDirectory(dir) : () => undefined
  let opened: Awaited<ReturnType<typeof openSealers>>
  let signer: LogSigner
  try {
    signer = await openSigner(dir, log)
    if (log.traits.shared) await claimLog(log, dir, signer)
    opened = await openSealers(log, dir, signer, onProblem)
  } catch (cause) {
    release()
    throw cause
  }
  const stopped = new Map<number, string>()
  const running: ReadonlyArray<RunningSealer> = opened.map(({ sealer }, partition) => {
    const onFailure = (cause: unknown, fatal: boolean): void => {
      if (fatal) stopped.set(partition, `the sealer of partition ${partition} stopped: ${(cause as Error).message}`)
      onProblem(cause)
    }
    return runSealer(sealer, { log, partition, maxBatch: MAX_BATCH, onProblem: onFailure })
  })
  const cosigning = witnesses === null ? null : startCosigning({ ...witnesses, logs: cosignedLogs(log, dir, signer) })
  const age = (): number => Math.max(...running.map((sealer) => sealer.metrics().unsealedAgeMs))
  return {
    settled: async () => {
      await Promise.all(running.map((sealer) => sealer.settled()))
    },
    stop: async () => {
      await cosigning?.stop()
      const ends = await Promise.allSettled(running.map((sealer) => sealer.stop()))
      for (const end of ends) if (end.status === "rejected") onProblem(end.reason)
      await Promise.all(opened.map(({ keys }) => keys.close()))
      release()
    },
    alarm: () =>
      [...stopped.values()].at(-1) ??
      (age() > ALARM_MS ? `audit events have been unsealed for ${Math.round(age() / 1000)} s` : null),
    seals: () =>
      running.map((sealer, partition) => {
        const { unsealedAgeMs, size } = sealer.metrics()
        return { partition, unsealedAgeMs, leaves: size, stopped: stopped.has(partition) }
      }),
  }
}
