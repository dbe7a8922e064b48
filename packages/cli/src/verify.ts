/** Checks one partition's transparency log against its audit events, without any node. */

import { originOf, saltsPath } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { decodeCheckpoint } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { decodeVkey, type VerifierKey } from "@assay/transparency"
import { KeyStore, type Report, verifyDirectory } from "@assay/transparency/storage"
import { UsageError } from "./command.ts"
import { recordsOf } from "./open-log.ts"

export interface VerifyTarget {
  readonly partition: number
  /** The log's directory: the node's own, or a copy. */
  readonly directory: string
  /** Verifier keys, a line each, from outside the directory. */
  readonly keys: string
  /** An earlier checkpoint, from outside the directory. */
  readonly since?: string
}

/** The key of a partition's log among several. @throws UsageError */
export const keyFor = (keys: string, log: Log, partition: number): VerifierKey => {
  const origin = originOf(log.epoch, partition)
  for (const line of keys.split("\n")) {
    if (line.trim() === "") continue
    const key = decodeVkey(line.trim())
    if (key.name === origin) return key
  }
  throw new UsageError(`--key holds no verifier key for ${origin}: copy log.vkey from a data directory that you trust`)
}

/** @returns what was found; a damaged log is a finding, not an exception. @throws UsageError where there is no key for it */
export const verifyLog = async (log: Log, dataDir: string, target: VerifyTarget): Promise<Report> => {
  const { partition, directory, since } = target
  const vkey = vkeyText(target.keys, log, partition)
  const history: Array<string> = []
  for await (const record of recordsOf(log, STREAMS.checkpoints, partition))
    history.push(decodeCheckpoint(record.value).note)
  const keys = await KeyStore.read(saltsPath(dataDir, partition))
  return verifyDirectory(
    directory,
    { vkey, history, keys, ...(since === undefined ? {} : { since }) },
    recordsOf(log, STREAMS.audit, partition),
  )
}

const vkeyText = (keys: string, log: Log, partition: number): string => {
  const { name } = keyFor(keys, log, partition)
  return keys
    .split("\n")
    .find((line) => line.startsWith(`${name}+`))!
    .trim()
}
