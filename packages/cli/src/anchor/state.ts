/**
 * The directory of `assay anchor`: the anchor log, its key, and what each anchor has under way.
 *
 *   DIR/anchor-key.pem, anchor.vkey   the key of the anchor log (or ASSAY_ANCHOR_LOG_KEY), and what verifies it
 *   DIR/log/                          the anchor log (C2SP tlog-tiles)
 *   DIR/evm/                          evm.json, evidence/<size>.json
 *   DIR/sets/                         the DIDs of the sets of devices that are anchored
 *   DIR/ots/                          <size>.checkpoint and <size>.checkpoint.ots, for OpenTimestamps
 */
import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { AnchorLog, type EvidenceSource } from "@assay/anchor"
import { evmEvidence } from "@assay/anchor/evm"
import { otsEvidence } from "@assay/anchor/opentimestamps"
import { resolveDeviceKey } from "@assay/did"
import { decodeVkey, encodeVkey, keySigner, type LogSigner, type VerifierKey, verifierKey } from "@assay/transparency"
import { createKeyFile, makeDirectory, readKeyFile, writeKeyFile } from "@assay/transparency/storage"
import { UsageError } from "../command.ts"
import { openKey } from "../keys.ts"

/** The name of an anchor log where the call gives none. */
export const DEFAULT_NAME = "assay.local/anchor"

const VKEY = "anchor.vkey"

export const otsDirectory = (dir: string): string => join(dir, "ots")
export const evmDirectory = (dir: string): string => join(dir, "evm")

export interface AnchorKey {
  readonly signer: LogSigner
  readonly key: VerifierKey
  close(): Promise<void>
}

const ofDirectory = (dir: string): LogSigner => {
  const path = join(dir, "anchor-key.pem")
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync("ed25519")
    createKeyFile(path, privateKey.export({ format: "pem", type: "pkcs8" }).toString(), 0o600)
  }
  return keySigner(createPrivateKey(readKeyFile(path)))
}

const referred = async (reference: string): Promise<{ readonly signer: LogSigner; close(): Promise<void> }> => {
  const { did, sign, close } = await openKey(reference)
  const key = resolveDeviceKey(did)
  if (!("reason" in key) && key.alg === "Ed25519") return { signer: { publicKey: key.publicKey, sign }, close }
  await close()
  throw new UsageError(`${did}: the key of an anchor log is Ed25519`)
}

/**
 * The key of the anchor log; made where the directory has none. A log keeps its name and key for ever: a contract is of both.
 * @param name of a new log; a log that is there has its own
 * @param reference as `@assay/signing` reads it; null: the key of the directory
 * @throws UsageError where the directory is of another name or key; KeyError, KeyUnreachableError
 */
export const openAnchorKey = async (dir: string, name: string | null, reference: string | null): Promise<AnchorKey> => {
  await makeDirectory(dir)
  const known = existsSync(join(dir, VKEY)) ? readVkey(dir) : null
  if (known !== null && name !== null && known.name !== name)
    throw new UsageError(`the anchor log of ${dir} is named ${known.name}: leave --name out`)
  const { signer, close } =
    reference === null ? { signer: ofDirectory(dir), close: async () => undefined } : await referred(reference)
  const key = verifierKey(known?.name ?? name ?? DEFAULT_NAME, signer.publicKey)
  if (known !== null && known.id !== key.id) {
    await close()
    throw new UsageError(
      `the key is not that of the anchor log in ${dir}: a log keeps its key; a new key is a new directory and a new contract`,
    )
  }
  writeKeyFile(join(dir, VKEY), `${encodeVkey(key)}\n`, 0o600)
  return { signer, key, close }
}

/** What verifies the anchor log of a directory. @throws UsageError where it has none */
export const readVkey = (dir: string): VerifierKey => {
  if (!existsSync(join(dir, VKEY)))
    throw new UsageError(`${dir} holds no anchor log: name the directory of assay anchor run with --state DIR`)
  return decodeVkey(readKeyFile(join(dir, VKEY)).trim())
}

/** For reading, beside a process that writes it. */
export const openAnchorLog = (dir: string): Promise<AnchorLog> => AnchorLog.open(join(dir, "log"), readVkey(dir))

/** The evidence of all places, as it is kept. */
export const evidenceIn = (dir: string): ReadonlyArray<EvidenceSource> => [
  evmEvidence(evmDirectory(dir)),
  otsEvidence(otsDirectory(dir)),
]
