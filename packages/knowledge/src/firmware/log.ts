/**
 * A maker's firmware log: what it has released stands where everybody can see it. Where the bundle asks for that, reference values
 * bring for each release a proof that it is in such a log (C2SP tlog-proof), cosigned as the bundle's policy says (C2SP tlog-policy).
 *
 *   the entry of a release: the JSON text ["assay.firmware/v1", vendor, class, version, svn, digest], without blanks
 *
 * Or the proof is an entry of a Rekor log (`rekor.ts`), made with one of the vendor's keys that the bundle names. It is about the digest
 * alone: version and security version are the word of whoever signs the reference values.
 */
import type { FirmwareRelease, References } from "@assay/attestation"
import {
  decodeForeignVkey,
  NoteError,
  openCosigned,
  openSignedCheckpoint,
  type Policy,
  parsePolicy,
  parseProof,
  verifyProof,
} from "@assay/transparency"
import type { TrustBundle } from "@assay/trust"
import { checkSigned, isRekorEntry, parseRekorEntry } from "./rekor.ts"

/** What a maker appends to its log, and the proof is about. */
export const firmwareEntry = (
  { vendor, class: deviceClass }: Pick<References, "vendor" | "class">,
  { version, svn, digest }: Pick<FirmwareRelease, "version" | "svn" | "digest">,
): Buffer => Buffer.from(JSON.stringify(["assay.firmware/v1", vendor, deviceClass, version, svn, digest]))

/** A policy by which something can be proven, or what is wrong with it. */
export const firmwareLogPolicy = (text: string): Policy | string => {
  try {
    const policy = parsePolicy(Buffer.from(text, "utf8"), decodeForeignVkey)
    return policy.logs.length === 0 ? "the policy names no log" : policy
  } catch (cause) {
    if (cause instanceof NoteError) return cause.message
    throw cause
  }
}

/** @throws NoteError that says why the entry is not proven */
const prove = (proof: string, entry: Uint8Array, policy: Policy): void => {
  const { checkpoint } = parseProof(proof)
  const signer = policy.logs.find(({ key }) => {
    try {
      openSignedCheckpoint(checkpoint, key)
      return true
    } catch (cause) {
      if (cause instanceof NoteError) return false
      throw cause
    }
  })
  if (signer === undefined) throw new NoteError("signature", "no log of the policy has signed the checkpoint")
  verifyProof(proof, entry, signer.key)
  openCosigned(checkpoint, signer.key, policy)
}

/** @throws NoteError that says why the release is not proven */
const proveRelease = (
  references: References,
  release: FirmwareRelease,
  proof: string,
  { policy, rekorKeys }: { readonly policy: Policy; readonly rekorKeys: ReadonlyArray<string> },
): void => {
  if (!isRekorEntry(proof)) {
    prove(proof, firmwareEntry(references, release), policy)
    return
  }
  const entry = parseRekorEntry(proof)
  prove(entry.proof, entry.body, policy)
  checkSigned(entry, release.digest, rekorKeys)
}

/** Why one of the releases is not in a log that the bundle asks for; null where none is asked for, or all are. */
export const whyUnlogged = (
  references: References,
  { firmwareLogs = [] }: Pick<TrustBundle, "firmwareLogs">,
): string | null => {
  const { vendor, firmware } = references
  const demanded = firmwareLogs.find((one) => one.vendor === vendor) ?? firmwareLogs.find((one) => one.vendor === "*")
  if (demanded === undefined || firmware === undefined) return null
  const policy = firmwareLogPolicy(demanded.policy)
  if (typeof policy === "string") return policy
  const { rekorKeys = [] } = demanded
  for (const release of firmware.releases) {
    // What is revoked is not to run: where it stands does not matter.
    if (release.status === "revoked") continue
    const of = `release ${release.version} (${release.digest.slice(0, 16)}...)`
    if (release.proof === undefined) return `${of} has no proof that it is in a log, which the bundle asks for`
    try {
      proveRelease(references, release, release.proof, { policy, rekorKeys })
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      return `${of}: ${cause.message}`
    }
  }
  return null
}
