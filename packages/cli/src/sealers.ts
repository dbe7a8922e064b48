/** The sealers of a node, one for each partition, with the log's key in a file beside them. */
import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Sealer } from "@assay/integrity-hasher/sealer/sealer"
import { type Log, STREAMS } from "@assay/log"
import { encodeVkey, keySigner, type LogSigner, verifierKey } from "@assay/transparency"
import { logDirectory } from "@assay/transparency/storage/directory"
import { KeyStore } from "@assay/transparency/storage/keys"

/** The first part of every log's origin. */
const DOMAIN = "assay.local"
const MAX_BATCH = 4_096
/** Several batches of the pipeline share one checkpoint: it costs several syncs of files. */
const SEAL_EVERY_MS = 250
/** After a failure, and before the next try. */
const RETRY_MS = 1_000
/** Unsealed events older than this make the node not ready. */
const ALARM_MS = 30_000

export interface RunningSealer {
  /** Resolves when all of audit.events is sealed. Rejects when a sealer gave up. */
  settled(): Promise<void>
  /** Seals what is there, then ends. */
  stop(): Promise<void>
  /** Why somebody should look, or null. */
  alarm(): string | null
  gauges(): ReadonlyArray<readonly [name: string, help: string, value: number]>
}

/** `<domain>/audit/<stream>/<partition>/<epoch>`: a log's name for ever. */
export const originOf = (epoch: number, partition: number): string =>
  `${DOMAIN}/audit/${STREAMS.audit}/${partition}/${epoch}`

const keyPath = (dir: string): string => join(dir, "log-key.pem")
/** The verifier keys of all partitions, a line each: what `assay verify --key` takes. */
export const vkeyPath = (dir: string): string => join(dir, "log.vkey")
export const saltsPath = (dir: string, partition: number): string =>
  join(dir, "salts", `p${String(partition).padStart(3, "0")}`)

const openSigner = (dir: string, log: Log): LogSigner => {
  const path = keyPath(dir)
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync("ed25519")
    mkdirSync(dir, { recursive: true })
    writeFileSync(path, privateKey.export({ format: "pem", type: "pkcs8" }), { mode: 0o600, flag: "wx", flush: true })
  }
  const signer = keySigner(createPrivateKey(readFileSync(path)))
  const lines = Array.from({ length: log.partitions }, (_, partition) =>
    encodeVkey(verifierKey(originOf(log.epoch, partition), signer.publicKey)),
  )
  writeFileSync(vkeyPath(dir), `${lines.join("\n")}\n`)
  return signer
}

interface Loop {
  readonly sealer: Sealer
  readonly partition: number
  /** Since when there are events that it has not sealed (monotonic milliseconds), or null. */
  behindSince: number | null
  failed: string | null
  task: Promise<void>
}

/** Restores each sealer (finishing a seal that was cut short), then seals as events come. @throws SealerError */
export const startSealers = async (
  log: Log,
  dir: string,
  onProblem: (cause: unknown) => void,
): Promise<RunningSealer> => {
  const signer = openSigner(dir, log)
  const stopping = new AbortController()
  const loops: Array<Loop> = []
  for (let partition = 0; partition < log.partitions; partition++) {
    const sealer = new Sealer({
      log,
      partition,
      directory: logDirectory(dir, partition),
      origin: originOf(log.epoch, partition),
      signer,
      keys: await KeyStore.open(saltsPath(dir, partition)),
      maxBatch: MAX_BATCH,
    })
    await sealer.resume()
    const loop: Loop = { sealer, partition, behindSince: null, failed: null, task: Promise.resolve() }
    loop.task = seal(log, loop, stopping.signal, onProblem)
    loop.task.catch(() => undefined) // seen by settled, stop and alarm
    loops.push(loop)
  }
  const age = (): number =>
    Math.max(...loops.map(({ behindSince }) => (behindSince === null ? 0 : performance.now() - behindSince)))
  return {
    settled: async () => {
      for (const loop of loops) {
        const { end } = await log.bounds({ stream: STREAMS.audit, partition: loop.partition })
        while (loop.sealer.next < end) {
          if (loop.failed !== null) throw new Error(loop.failed)
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      }
    },
    stop: async () => {
      stopping.abort()
      await Promise.allSettled(loops.map((loop) => loop.task))
      for (const loop of loops) if (loop.failed === null) while ((await loop.sealer.seal()) !== null);
    },
    alarm: () => {
      const failed = loops.find((loop) => loop.failed !== null)
      if (failed !== undefined) return `the sealer of partition ${failed.partition} stopped: ${failed.failed}`
      return age() > ALARM_MS ? `audit events have been unsealed for ${Math.round(age() / 1000)} s` : null
    },
    gauges: () => [
      [
        "assay_unsealed_age_seconds",
        "How long the oldest sealer has not been at the end of audit.events",
        age() / 1000,
      ],
      [
        "assay_sealed_leaves",
        "Leaves in the transparency logs of all partitions",
        loops.reduce((sum, loop) => sum + loop.sealer.size, 0),
      ],
    ],
  }
}

const seal = async (log: Log, loop: Loop, signal: AbortSignal, onProblem: (cause: unknown) => void): Promise<void> => {
  const at = { stream: STREAMS.audit, partition: loop.partition }
  while (!signal.aborted) {
    try {
      await log.waitFor(at, loop.sealer.next, signal)
      loop.behindSince ??= performance.now()
      await pause(SEAL_EVERY_MS, signal)
      while ((await loop.sealer.seal()) !== null);
      loop.behindSince = null
    } catch (cause) {
      if (signal.aborted) return
      onProblem(cause)
      if ((cause as Error).name === "SealerError") {
        loop.failed = (cause as Error).message
        throw cause
      }
      await pause(RETRY_MS, signal)
    }
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener("abort", done)
      resolve()
    }
    signal.addEventListener("abort", done, { once: true })
    if (signal.aborted) done()
  })
export const verifyLog = async (
  _dir: string,
  _p: number,
  _t: string,
): Promise<{ leaves: number; intact: boolean; firstBadLeaf: number | null; words: string }> => ({
  leaves: 0,
  intact: false,
  firstBadLeaf: null,
  words: "pending",
})
