/**
 * A revocation that reaches back: a key, a credential or an issuer turned out bad from a time on. The command names it, and
 * a list of the decisions that relied on it, as one hash for each partition: each part of a list names the hash of the next one,
 * so that the entries which carry the parts need no signatures of their own.
 *
 *   target of a credential     `urn:assay:credential:<SHA-256 of its signing input, base64url>`
 *   of a key or an issuer      its DID: the key under all its names; whatever the issuer signed
 *   of one key of a document   the DID, `#` and the did:key of the key: `document-key` of a device's or a gateway's document, `issuer-key` of
 *                              an issuer's. The key itself and not its name there: another version may give the name to another key
 */

export const REVOCABLE = ["key", "credential", "issuer", "document-key", "issuer-key"] as const
export type Revocable = (typeof REVOCABLE)[number]

/** What relied on it, as operators signed it. */
export interface RevocationList {
  /** For each partition the SHA-256 (base64url) of the first part; null where nothing there is decided anew. */
  readonly heads: ReadonlyArray<string | null>
  /** How many decisions are in all parts. */
  readonly decisions: number
}

/** One decision that is taken back. */
export interface Relied {
  /** Of the message, on `submitted`. */
  readonly offset: number
  /** Where its record lies: the stream of its outcome, and the offset there. */
  readonly outcome: "verified" | "annotated"
  readonly at: number
}

export interface RevocationPart {
  /** SHA-256 of this part, base64url: it counts where the part before it, or the command, named it. */
  readonly hash: string
  /** Of the next part; null at the last one. */
  readonly next: string | null
  /** Devices that were trusted by what is revoked, by DID. */
  readonly devices: ReadonlyArray<string>
  /** Ascending by `offset`. */
  readonly decisions: ReadonlyArray<Relied>
  /** In the very last part of all: what the whole list came to, for the incident. */
  readonly total: RevocationTotal | null
}

export interface RevocationTotal {
  readonly decisions: number
  readonly devices: number
  readonly partitions: number
}

export interface Revocation {
  readonly of: Revocable
  /** Milliseconds since 1970 by the log. */
  readonly from: number
  /** Null in a command that only says that it counts no more. */
  readonly list: RevocationList | null
  /** Set on the entries that carry the list. */
  readonly part?: RevocationPart
}

const CREDENTIAL = /^urn:assay:credential:([A-Za-z0-9_-]{43})$/

export const credentialTarget = (hash: string): string => `urn:assay:credential:${hash}`

/** The hash of the credential that a target names; null where it names none. */
export const parseCredentialTarget = (target: string): string | null => CREDENTIAL.exec(target)?.[1] ?? null

const DOCUMENT_KEY = /^(did:[a-z0-9]+:[^#]+)#(did:key:z[1-9A-HJ-NP-Za-km-z]+)$/

/** One key of a document. */
export interface DocumentKeyTarget {
  /** Whose document lists it. */
  readonly did: string
  /** The one name of the key: its did:key. */
  readonly keyId: string
}

export const documentKeyTarget = ({ did, keyId }: DocumentKeyTarget): string => `${did}#${keyId}`

/** The key of a document that a target names; null where it names none. Whether such a key can be is not asked. */
export const parseDocumentKeyTarget = (target: string): DocumentKeyTarget | null => {
  const [, did, keyId] = DOCUMENT_KEY.exec(target) ?? []
  return did === undefined || keyId === undefined ? null : { did, keyId }
}

/** Whether what is revoked is one key of a document. */
export const isOfDocument = (of: Revocable): of is "document-key" | "issuer-key" =>
  of === "document-key" || of === "issuer-key"
