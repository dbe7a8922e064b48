/**
 * Which credentials, and which keys of documents, operators have revoked, as the rows of the partition say (`progress.ts`). From the command
 * on nothing rests on them any more, whatever the time of a message. Pure.
 */
import { type BundleView, type DeviceCredential, isSignedBy } from "@assay/credentials"
import { openMessage } from "@assay/message"
import {
  type AssayedMessage,
  credentialTarget,
  documentKeyTarget,
  parseDocumentKeyTarget,
  type Revocable,
  signerOf,
} from "@assay/trust"
import type { States } from "../state.ts"
import { type Progress, REVOCATION_ROWS } from "./progress.ts"

/** A credential as it can be named without its text. */
export interface NamedCredential {
  readonly hash: string
  readonly issuer: string
}

export interface Ended {
  /** Whether a credential, an issuer or a key of an issuer was revoked at all. */
  readonly hasCredentials: boolean
  /** Whether this credential was, by itself or with its issuer. */
  hasNamed(one: NamedCredential): boolean
  /** Whether one whose signature holds was: also by the key of its issuer that signed it, or a status list that it stands on. */
  has(credential: DeviceCredential, view: BundleView): boolean
  /** Whether the key of its device's, or its gateway's, document was that signed the message; of one that cannot be read: whether any was. */
  hasSigned(message: Pick<AssayedMessage, "envelope" | "claims">): boolean
}

const OF_CREDENTIALS: ReadonlySet<Revocable> = new Set<Revocable>(["credential", "issuer", "issuer-key"])

export const endedBy = (known: ReadonlyArray<Pick<Progress, "of" | "target">>): Ended => {
  const names = new Set(known.map(({ of, target }) => `${of} ${target}`))
  const documentKeys = known.flatMap(({ of, target }) => {
    const key = of === "document-key" ? parseDocumentKeyTarget(target) : null
    return key === null ? [] : [key]
  })
  const hasKey = (did: string, keyId: string | undefined): boolean =>
    keyId !== undefined && names.has(`issuer-key ${documentKeyTarget({ did, keyId })}`)
  const hasNamed = ({ hash, issuer }: NamedCredential): boolean =>
    names.has(`issuer ${issuer}`) || names.has(`credential ${credentialTarget(hash)}`)
  return {
    hasCredentials: known.some(({ of }) => OF_CREDENTIALS.has(of)),
    hasNamed,
    has: ({ hash, terms }, view) =>
      hasNamed({ hash, issuer: terms.issuer }) ||
      hasKey(terms.issuer, terms.signer) ||
      view.weigh(terms).lists.some((list) => hasKey(terms.issuer, list?.signer)),
    hasSigned: ({ envelope, claims }) => {
      const signer = claims === null ? null : signerOf(claims.iss)
      const keys = documentKeys.filter(({ did }) => did === signer)
      if (keys.length === 0) return false
      const opened = openMessage(envelope.bytes)
      return "reason" in opened || keys.some(({ keyId }) => isSignedBy(keyId, opened))
    },
  }
}

export const NOTHING_ENDED: Ended = endedBy([])

/** What was revoked up to here. It looks at every name of the partition. */
export const endedIn = (states: States): Ended => {
  const known = states.ownKeys(REVOCATION_ROWS).flatMap((key) => {
    const text = states.get(key)?.declares ?? null
    return text === null ? [] : [JSON.parse(text) as Progress]
  })
  return known.length === 0 ? NOTHING_ENDED : endedBy(known)
}
