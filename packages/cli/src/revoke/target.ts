/** What `assay revoke` is about: `--key DID`, `--credential HASH|FILE` or `--issuer DID`; or one key of a document, `DID#NAME`. */
import { existsSync } from "node:fs"
import type { Progress } from "@assay/anomaly-quarantine/revocation"
import { readCredential } from "@assay/credentials"
import { resolveDeviceKey } from "@assay/did"
import { hasDocument } from "@assay/did-document"
import type { Log } from "@assay/log"
import { credentialTarget, type Revocable } from "@assay/trust"
import { type Arguments, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { documentKeyNamed } from "./document-key.ts"

export interface Target {
  readonly of: Revocable
  /** As operators sign it. */
  readonly target: string
}

/** A target, or one key of a document, which only the documents on a log tell. */
export type Named = Target | { readonly of: "document-key" | "issuer-key"; readonly did: string; readonly name: string }

/** Of all revocations that a partition knows of, those of this target from this time on. */
export const sameIn = (known: ReadonlyArray<Progress>, { of, target }: Target, from: number): ReadonlyArray<Progress> =>
  known.filter((one) => one.of === of && one.target === target && one.from === from)

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
  if (!/^did:[a-z0-9]+:[^#]+$/.test(text)) return ""
  if (!/^did:(?:key|jwk):[^/]*$/.test(text)) return null
  const found = resolveDeviceKey(text)
  return "reason" in found ? `: ${found.detail}` : null
}

/** @throws UsageError */
export const namedIn = (given: Arguments): Named => {
  const chosen = OF.filter((option) => given.text(option) !== null)
  const [of] = chosen
  if (of === undefined || chosen.length > 1)
    throw new UsageError("name what is revoked: one of --key DID, --credential HASH|FILE and --issuer DID")
  const text = given.required(of)
  if (of === "credential") return { of, target: credentialTarget(hashOf(text)) }
  const [, did, name] = /^([^#]+)#(.+)$/.exec(text) ?? []
  if (did !== undefined && name !== undefined && hasDocument(did))
    return { of: of === "key" ? "document-key" : "issuer-key", did, name }
  const wrong = whyNoDid(text)
  if (wrong !== null) throw new UsageError(`--${of} takes a DID, not ${JSON.stringify(text)}${wrong}`)
  return { of, target: text }
}

/** @throws UsageError where a name is no key's */
export const targetOn = async (log: Log, named: Named): Promise<Target> =>
  "target" in named ? named : { of: named.of, target: await documentKeyNamed(log, named) }
