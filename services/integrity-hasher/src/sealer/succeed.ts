/** The whole log goes on under another name and key: all partitions, then the key and the generation. */
import { existsSync, renameSync } from "node:fs"
import { DataDirError, type Log, sameCell } from "@assay/log"
import { encodeVkey, type TreeHead, verifierKey } from "@assay/transparency"
import { KeyStore, logDirectory, readKeyFile, refuseLinkedDirectories, writeKeyFile } from "@assay/transparency/storage"
import { raiseGeneration } from "./generation.ts"
import { KEY_CELL, keyPath, type LogKeys, nextKeyPath, olderKeyPath } from "./log-key.ts"
import { olderVkeyPath, originOf, vkeyPath, vkeysPath } from "./origin.ts"
import { saltsPath } from "./salts.ts"
import { type SuccessionStep, succeed } from "./succession.ts"

export interface SucceedOptions {
  readonly log: Log
  /** The directory in which the log is sealed. */
  readonly dir: string
  /** Of the log that ends (`generationOf`). */
  readonly generation: number
  /** Of the successor. */
  readonly keys: LogKeys
  /** The last checkpoint of each partition's log that counts; null where nothing of it was ever sealed. */
  readonly last: (partition: number) => Promise<{ readonly head: TreeHead; readonly note: string } | null>
  readonly onStep?: (partition: number, step: SuccessionStep) => void
}

/** What the successor is of each partition. */
export interface Successor {
  readonly partition: number
  readonly origin: string
  readonly vkey: string
  /** The checkpoint that it begins after: leaves; null where nothing was sealed. */
  readonly after: number | null
  /** Why accepted erasures at the end of the old log destroyed no key. `assay verify` finds them for as long as the log exists. */
  readonly undone: ReadonlyArray<string>
}

/**
 * Repeatable where it was stopped, with the same keys. The node must not run.
 * @throws SealerError, DataDirError, MissingTileError; what `last` throws, before anything changed of that partition
 */
export const succeedLog = async ({
  log,
  dir,
  generation,
  keys,
  last,
  onStep,
}: SucceedOptions): Promise<ReadonlyArray<Successor>> => {
  const [signer] = keys.signers
  await refuseLinkedDirectories(vkeysPath(dir), vkeysPath(dir))
  const done: Array<Successor> = []
  for (let partition = 0; partition < log.partitions; partition++) {
    const origin = originOf(log.epoch, partition, generation + 1)
    const vkey = encodeVkey(verifierKey(origin, signer.publicKey))
    const old = olderVkeyPath(dir, partition, generation)
    if (!existsSync(old)) writeKeyFile(old, readKeyFile(vkeyPath(dir, partition)), 0o600)
    const before = await last(partition)
    if (before === null) {
      done.push({ partition, origin, vkey, after: null, undone: [] })
      continue
    }
    const salts = await KeyStore.open(saltsPath(dir, partition))
    try {
      const succeeded = await succeed({
        log,
        partition,
        directory: logDirectory(dir, partition),
        generation,
        origin,
        signer,
        keys: salts,
        last: before,
        onStep: (step) => onStep?.(partition, step),
      })
      const undone = (succeeded?.undone ?? []).map(({ message }) => message)
      done.push({ partition, origin, vkey, after: before.head.size, undone })
    } finally {
      await salts.close()
    }
  }
  const known = await log.cells.get(0, KEY_CELL)
  const own = Buffer.from(done[0]!.vkey)
  if (!sameCell(known, own) && !(await log.cells.swap(0, KEY_CELL, known, own)))
    throw new DataDirError("another process changed the log's keys: stop the node first")
  for (const { partition, vkey } of done) writeKeyFile(vkeyPath(dir, partition), `${vkey}\n`, 0o600)
  exchangeKeyFiles(dir, generation)
  if (!(await raiseGeneration(log, generation)))
    throw new DataDirError("another process changed the log's generation: stop the node first")
  return done
}

/** Whether the keys were exchanged by a call that was stopped before it was done. @param generation of the log that ends */
export const isKeyExchanged = async (log: Log, generation: number): Promise<boolean> => {
  const known = await log.cells.get(0, KEY_CELL)
  const name = originOf(log.epoch, 0, generation + 1)
  return known !== null && Buffer.from(known).toString("utf8").startsWith(`${name}+`)
}

/** The new key takes the place of the directory's; the old one is kept, since what it signed stays in the record. */
const exchangeKeyFiles = (dir: string, generation: number): void => {
  if (!existsSync(nextKeyPath(dir))) return
  if (existsSync(keyPath(dir))) renameSync(keyPath(dir), olderKeyPath(dir, generation))
  renameSync(nextKeyPath(dir), keyPath(dir))
}
