/** Which credentials and messages a revocation is about. */
import { isSignedBy, readCredential } from "@assay/credentials"
import { openMessage } from "@assay/message"
import type { Row, Shown } from "@assay/reliance"
import { type AssayedMessage, parseCredentialTarget, parseDocumentKeyTarget } from "@assay/trust"
import type { Target } from "./target.ts"

/** As an index keeps what was shown. */
export type Named = Shown["credentials"][number]

/** The credentials of an issuer that one of its keys has signed, among those that a message shows. */
const signedIn = (message: AssayedMessage, did: string, keyId: string): ReadonlyArray<string> =>
  message.claims?.kind !== "presentation"
    ? []
    : message.claims.credentials.flatMap((token) => {
        const read = readCredential(token)
        if ("detail" in read || read.credential.terms.issuer !== did) return []
        return isSignedBy(keyId, read.signed) ? [read.credential.hash] : []
      })

/**
 * Which credentials are meant. Of the key of an issuer's document the presentations of its credentials are read; where one is no longer
 * kept, nobody can tell which key has signed what it showed, and it is meant: a fact that is missing is no reason to trust.
 */
export const credentialsMeant = async (
  { of, target }: Target,
  shown: ReadonlyArray<Shown>,
  read: (shown: Shown) => Promise<AssayedMessage | null>,
): Promise<(one: Named) => boolean> => {
  if (of === "issuer") return ({ issuer }) => issuer === target
  if (of === "credential") {
    const hash = parseCredentialTarget(target)
    return (one) => one.hash === hash
  }
  const key = of === "issuer-key" ? parseDocumentKeyTarget(target) : null
  if (key === null) return () => false
  /** Whether the key has signed it, by the hash of the credential. */
  const known = new Map<string, boolean>()
  for (const one of shown) {
    const own = one.credentials.filter(({ issuer, hash }) => issuer === key.did && !known.has(hash))
    const message = own.length === 0 ? null : await read(one)
    if (message === null) continue
    const signed = signedIn(message, key.did, key.keyId)
    for (const { hash } of own) known.set(hash, signed.includes(hash))
  }
  return ({ issuer, hash }) => issuer === key.did && (known.get(hash) ?? true)
}

/**
 * Which of a device's rows are of messages that one key of its document has signed. Rows of one number are of one key, so one message of
 * each is asked. Where none of them can be read, all are meant.
 */
export const rowsMeant = async (
  keyId: string,
  rows: Iterable<Row>,
  read: (row: Row) => Promise<AssayedMessage | null>,
): Promise<(row: Row) => boolean> => {
  const known = new Map<number, boolean>()
  for (const row of rows) {
    if (known.has(row.key)) continue
    const message = await read(row)
    const opened = message === null ? null : openMessage(message.envelope.bytes)
    if (opened !== null && !("reason" in opened)) known.set(row.key, isSignedBy(keyId, opened))
  }
  return ({ key }) => known.get(key) ?? true
}
