/**
 * Which keys count for a log: those that the call names, and where it names the trust bundle too, those that the roots say the log has.
 * A key that the bundle retires signs nothing new: whoever stole it cannot publish.
 */
import { resolveDeviceKey } from "@assay/did"
import { NoteError, openCheckpoint, type VerifierKey, verifierKey } from "@assay/transparency"
import type { LogKey } from "@assay/trust"
import { UsageError } from "./command.ts"

export interface LogKeys {
  /** What is published must be signed by this one. */
  readonly current: VerifierKey
  /** What was signed before may be of these. */
  readonly earlier: ReadonlyArray<VerifierKey>
}

const isSame = (a: VerifierKey, b: VerifierKey): boolean => a.id === b.id && a.name === b.name

const opens = (note: string, key: VerifierKey): boolean => {
  try {
    return openCheckpoint(note, key).origin === key.name
  } catch (cause) {
    if (cause instanceof NoteError) return false
    throw cause
  }
}

/**
 * @param given of the log, from outside; one at least
 * @param named of the bundle, or null where the call names none
 * @param published the published checkpoint; null where there is none
 * @throws UsageError where the bundle is not about this log, or leaves no key that may sign
 */
export const logKeysFor = (
  given: ReadonlyArray<VerifierKey>,
  named: ReadonlyArray<LogKey> | null,
  published: string | null,
): LogKeys => {
  const { name } = given[0]!
  const fromBundle = (named ?? []).map(({ did, retired }) => {
    const key = resolveDeviceKey(did)
    if ("reason" in key) throw new UsageError(`--bundle: ${did}: ${key.detail}`)
    return { key: verifierKey(name, key.publicKey), retired }
  })
  if (named !== null && !fromBundle.some(({ key }) => given.some((one) => isSame(one, key))))
    throw new UsageError(
      `--bundle names none of the keys of --key for ${name} in logKeys: it is the bundle of another log`,
    )
  const retired = fromBundle.filter((one) => one.retired).map(({ key }) => key)
  const others = given.filter((one) => !fromBundle.some(({ key }) => isSame(one, key)))
  const current = [...fromBundle.filter((one) => !one.retired).map(({ key }) => key), ...others]
  const signer = current.find((key) => published !== null && opens(published, key)) ?? current[0]
  if (signer === undefined) throw new UsageError(`--bundle retires every key of ${name}: name the newest bundle`)
  return { current: signer, earlier: [...current, ...retired].filter((key) => key !== signer) }
}
