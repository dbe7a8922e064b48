/** The three keys of a device with a TPM, at persistent handles: endorsement key, attestation key, and the key of its DID. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openPublicArea } from "@assay/attestation"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { UsageError } from "../command.ts"
import { tpm2 } from "./tools.ts"

/** Of the ranges that the TCG reserves (registry of reserved TPM 2.0 handles): endorsement keys, and those of the owner. */
export const HANDLES = { ek: "0x81010001", ak: "0x81010002", key: "0x81000003" } as const

const ATTRIBUTES = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign"

/** TPM2B_PUBLIC as tpm2-tools write it: a length, then TPMT_PUBLIC. */
const areaIn = (dir: string, name: string): Buffer => {
  try {
    return readFileSync(join(dir, `${name}.pub`)).subarray(2)
  } catch (cause) {
    throw new UsageError(
      `${dir} has no ${name}.pub: run assay tpm provision --dir ${dir} (${(cause as Error).message})`,
    )
  }
}

export interface TpmKeys {
  readonly ek: Buffer
  readonly ak: Buffer
  readonly key: Buffer
  /** Of the attestation key, base64url. */
  readonly akName: string
  readonly did: string
}

/** @throws UsageError where the directory has no keys, or others */
export const readKeys = (dir: string): TpmKeys => {
  const [ek, ak, key] = [areaIn(dir, "ek"), areaIn(dir, "ak"), areaIn(dir, "key")]
  const [attests, signs] = [openPublicArea(ak), openPublicArea(key)]
  if ("reason" in attests || "reason" in signs)
    throw new UsageError(`${dir}: the keys are not those of assay tpm provision`)
  return {
    ek,
    ak,
    key,
    akName: Buffer.from(attests.name).toString("base64url"),
    did: encodeDidKey(publicKeyOf(signs.key)),
  }
}

/** Kinds of attestation keys, as tpm2_createak calls them and their schemes: what the endorsements call ES256 and RS256. */
export const AK_KINDS = ["ecc", "rsa"] as const
export type AkKind = (typeof AK_KINDS)[number]
const SCHEMES: Readonly<Record<AkKind, string>> = { ecc: "ecdsa", rsa: "rsassa" }

/** Makes the keys in the TPM, and keeps their public halves in `dir`. Earlier keys of its own are replaced. */
export const provision = async (dir: string, ak: AkKind): Promise<TpmKeys> => {
  // A TPM has room for three keys beside the persistent ones, and nobody else puts away what a program leaves.
  const run = async (name: string, ...args: ReadonlyArray<string>): Promise<Buffer> => {
    const out = await tpm2(dir, name, ...args)
    await tpm2(dir, "flushcontext", "-t")
    return out
  }
  const persistent = (await run("getcap", "handles-persistent")).toString().toLowerCase()
  const isThere = (handle: string): boolean => persistent.includes(handle)
  for (const handle of [HANDLES.ak, HANDLES.key])
    if (isThere(handle)) await run("evictcontrol", "-C", "o", "-c", handle)
  // Many makers leave the endorsement key where it belongs.
  if (!isThere(HANDLES.ek)) await run("createek", "-c", HANDLES.ek, "-G", "rsa", "-u", "ek.pub")
  await run("readpublic", "-c", HANDLES.ek, "-o", "ek.pub")
  const scheme = ["-G", ak, "-g", "sha256", "-s", SCHEMES[ak]]
  await run("createak", "-C", HANDLES.ek, "-c", "ak.ctx", ...scheme, "-u", "ak.pub")
  await run("evictcontrol", "-C", "o", "-c", "ak.ctx", HANDLES.ak)
  await run("createprimary", "-C", "o", "-G", "ecc", "-c", "parent.ctx")
  await run(
    "create",
    "-C",
    "parent.ctx",
    "-G",
    "ecc256:ecdsa-sha256",
    "-a",
    ATTRIBUTES,
    "-u",
    "key.pub",
    "-r",
    "key.priv",
  )
  await run("load", "-C", "parent.ctx", "-u", "key.pub", "-r", "key.priv", "-c", "key.ctx")
  await run("evictcontrol", "-C", "o", "-c", "key.ctx", HANDLES.key)
  const keys = readKeys(dir)
  writeFileSync(join(dir, "did"), `${keys.did}\n`)
  return keys
}
