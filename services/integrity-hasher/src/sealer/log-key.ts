/**
 * The keys of a log: the one in the directory, or those that the configuration refers to. A log's keys follow each other only where
 * they sign side by side for a while, so that nobody who knows the old one is left behind, and a wrong reference seals nothing.
 */
import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import { existsSync, mkdirSync } from "node:fs"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { resolveDeviceKey } from "@assay/did"
import { DataDirError, type Log } from "@assay/log"
import { KeyError, openSigner } from "@assay/signing"
import { encodeVkey, keySigner, type LogSigner, verifierKey } from "@assay/transparency"
import { createKeyFile, readKeyFile, refuseLinkedDirectories, writeKeyFile } from "@assay/transparency/storage"
import { generationOf } from "./generation.ts"
import { originOf, vkeyPath, vkeysPath } from "./origin.ts"

/** The verifier keys of partition 0, a line each. */
export const KEY_CELL = "sealer.key"

export interface LogKeys {
  /** Where they come from, for people. */
  readonly from: string
  /** The first one is the log's; the others sign beside it. */
  readonly signers: readonly [LogSigner, ...ReadonlyArray<LogSigner>]
  close(): Promise<void>
}

export const keyPath = (dir: string): string => join(dir, "log-key.pem")

/** Where the key of a successor lies until it has taken the place of the old one. */
export const nextKeyPath = (dir: string): string => join(dir, "log-key.next.pem")

/** Where the key of an earlier generation is kept. */
export const olderKeyPath = (dir: string, generation: number): string => join(dir, `log-key.${generation}.pem`)

const KEY_FILE = /^log-key(\.(next|\d+))?\.pem$/

/** Names of all key files of a directory: the log's, those that it had before, and that of a successor which is not finished. */
export const keyFilesIn = async (dir: string): Promise<ReadonlyArray<string>> =>
  (await readdir(dir)).filter((name) => KEY_FILE.test(name))

/** The key of the directory; made where it has none. @throws LinkedFileError where somebody put a link in its place */
const ofDirectory = (dir: string): LogSigner => {
  const path = keyPath(dir)
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync("ed25519")
    createKeyFile(path, privateKey.export({ format: "pem", type: "pkcs8" }).toString(), 0o600)
  }
  return keySigner(createPrivateKey(readKeyFile(path)))
}

/** @throws KeyError, KeyUnreachableError: nothing stays open */
const opened = async (references: ReadonlyArray<string>): Promise<LogKeys> => {
  const open: Array<Awaited<ReturnType<typeof openSigner>>> = []
  const close = async (): Promise<void> => {
    await Promise.all(open.map((signer) => signer.close()))
  }
  try {
    for (const reference of references) open.push(await openSigner(reference))
    const signers = open.map(({ did, sign }): LogSigner => {
      const key = resolveDeviceKey(did)
      if ("reason" in key || key.alg !== "Ed25519") throw new KeyError(`${did}: the key of a log is Ed25519`)
      return { publicKey: key.publicKey, sign }
    })
    const [first, ...more] = signers
    return { from: "what ASSAY_LOG_KEYS names", signers: [first!, ...more], close }
  } catch (cause) {
    await close()
    throw cause
  }
}

const vkeysOf = (log: Log, partition: number, generation: number, { signers }: LogKeys): ReadonlyArray<string> =>
  signers.map(({ publicKey }) => encodeVkey(verifierKey(originOf(log.epoch, partition, generation), publicKey)))

/**
 * A cell says by which keys the log is sealed. On a shared log it keeps a second directory out, which would seal some partitions
 * and the first one the others; anywhere it keeps a key out that nobody knows of.
 * @throws DataDirError where none of the keys is one of the log's
 */
const claim = async (log: Log, generation: number, keys: LogKeys): Promise<void> => {
  const own = vkeysOf(log, 0, generation, keys)
  const mine = Buffer.from(own.join("\n"))
  if (await log.cells.swap(0, KEY_CELL, null, mine)) return
  const theirs = await log.cells.get(0, KEY_CELL)
  if (theirs !== null && Buffer.compare(theirs, mine) === 0) return
  const known = Buffer.from(theirs ?? [])
    .toString("utf8")
    .split("\n")
  if (own.some((key) => known.includes(key)) && (await log.cells.swap(0, KEY_CELL, theirs, mine))) return
  throw new DataDirError(
    `${keys.from} is not the key that seals this log, which is ${known.join(", ")}: only the process that has the log's own directory seals; leave --data (or ASSAY_DATA) out, set ASSAY_SEAL=off, or restore that directory. A new key first signs beside the old one: ASSAY_LOG_KEYS=NEW,OLD`,
  )
}

/** The keys of a successor (`succeed.ts`). @throws KeyError, KeyUnreachableError */
export const openSuccessorKeys = (references: ReadonlyArray<string>): Promise<LogKeys> => opened(references)

/** The log's keys, not claimed yet. @param references as `@assay/signing` reads them; none: the key of the directory */
export const openLogKeys = async (dir: string, references: ReadonlyArray<string>): Promise<LogKeys> =>
  references.length === 0
    ? { from: keyPath(dir), signers: [ofDirectory(dir)], close: async () => undefined }
    : await opened(references)

/**
 * Claims the log for its keys, and writes the verifier keys of each partition. May be repeated: whoever waited for a lease looks again,
 * since the log may have got other keys meanwhile.
 * @returns the generation of the log that they seal (`generation.ts`)
 * @throws DataDirError, LinkedFileError
 */
export const claimLog = async (dir: string, log: Log, keys: LogKeys): Promise<number> => {
  const generation = await generationOf(log)
  await claim(log, generation, keys)
  mkdirSync(vkeysPath(dir), { recursive: true, mode: 0o700 })
  await refuseLinkedDirectories(vkeysPath(dir), vkeysPath(dir))
  for (let partition = 0; partition < log.partitions; partition++)
    writeKeyFile(vkeyPath(dir, partition), `${vkeysOf(log, partition, generation, keys).join("\n")}\n`, 0o600)
  return generation
}
