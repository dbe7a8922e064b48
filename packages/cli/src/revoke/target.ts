/** What `assay revoke` is about: `--key DID`, `--credential HASH|FILE` or `--issuer DID`. */
import { existsSync } from "node:fs"
import type { Progress } from "@assay/anomaly-quarantine/revocation"
import { readCredential } from "@assay/credentials"
import { resolveDeviceKey } from "@assay/did"
import { credentialTarget, type Revocable } from "@assay/trust"
import { type Arguments, UsageError } from "../command.ts"
import { readInput } from "../files.ts"

export interface Target {
  readonly of: Revocable
  /** As operators sign it. */
  readonly target: string
  /** A DID, or the hash of a credential. */
  readonly name: string
}

/** Whether a credential is the one that is revoked, or of the issuer that is. */
export const isMeant = (
  { name }: Pick<Target, "name">,
  { hash, issuer }: { readonly hash: string; readonly issuer: string },
): boolean => hash === name || issuer === name

/** Of all revocations that a partition knows of, those of this target from this time on. */
export const sameIn = (
  known: ReadonlyArray<Progress>,
  { of, target }: Pick<Target, "of" | "target">,
  from: number,
): ReadonlyArray<Progress> => known.filter((one) => one.of === of && one.target === target && one.from === from)

const OF = ["key", "credential", "issuer"] as const

/** A credential is given by its hash, or as the file that holds it. */
const hashOf = (text: string): string => {
  if (/^[A-Za-z0-9_-]{43}$/.test(text) && !existsSync(text)) return text
  const read = readCredential(readInput(text, "the credential").toString("utf8").trim())
  if ("detail" in read) throw new UsageError(`${text} holds no credential: ${read.detail}`)
  return read.credential.hash
}

/** A revocation of what nobody is called would be signed, be accepted, and end nothing. Null: it may be somebody's. */
const whyNoDid = (text: string): string | null => {
  if (!/^did:[a-z0-9]+:./.test(text)) return ""
  if (text.includes("#"))
    return ": one key of a document ends when it is taken out of the document (docs/guides/identity.md); this command revokes the whole DID"
  if (!/^did:(?:key|jwk):[^/]*$/.test(text)) return null
  const found = resolveDeviceKey(text)
  return "reason" in found ? `: ${found.detail}` : null
}

/** @throws UsageError */
export const targetOf = (given: Arguments): Target => {
  const named = OF.filter((option) => given.text(option) !== null)
  const [of] = named
  if (of === undefined || named.length > 1)
    throw new UsageError("name what is revoked: one of --key DID, --credential HASH|FILE and --issuer DID")
  const text = given.required(of)
  if (of === "credential") {
    const name = hashOf(text)
    return { of, name, target: credentialTarget(name) }
  }
  const wrong = whyNoDid(text)
  if (wrong !== null) throw new UsageError(`--${of} takes a DID, not ${JSON.stringify(text)}${wrong}`)
  return { of, name: text, target: text }
}
