/**
 * What credential-checker remembers. Under a device's DID: its accepted credentials and its rate; 96 bytes, and for
 * each credential 70 and its terms. Under a key of hardware: to whom that hardware is bound.
 */
import { createHash } from "node:crypto"
import { type DeviceCredential, MAX_PRESENTED, parseTerms } from "@assay/credentials"
import {
  type DraftOf,
  digest,
  type ItemReader,
  type Items,
  interned,
  list,
  nullable,
  recordLayout,
  type StateOf,
  safe,
  text,
  u32,
} from "@assay/layout"

/** More are refused as `credential.too_many`. */
export const MAX_ACCEPTED = MAX_PRESENTED

const CREDENTIAL = {
  /** SHA-256 of its signing input. */
  hash: digest(),
  /** Their text is shorter than the credential itself, which is of at most 32 KiB. */
  terms: interned(131_072, {
    store: ({ text }: DeviceCredential["terms"]) => text,
    restore: parseTerms,
    hash: (text) => createHash("sha256").update(text).digest(),
  }),
  /** Inclusive and exclusive, milliseconds since 1970. */
  validFrom: safe(),
  validUntil: safe(),
  /** At most 128 characters. */
  hardwareId: nullable(text(512)),
  /** The index in each status list of the terms, in their order. */
  indices: list(u32(), 4),
} as const

const FIELDS = {
  /** Oldest first; empty under a key of hardware. */
  accepted: list(CREDENTIAL, MAX_ACCEPTED),
  /** What is left in the rate bucket, in 1/60000 of a message: with milliseconds and messages per minute, all is whole. */
  level: safe(),
  /** When the bucket was last filled, milliseconds since 1970: by the log, and by the latest signed time. */
  at: safe(),
  signed: safe(),
  /** What is used up of the second bucket, which is of the log's time alone (see `rate.ts`); the same unit, as of `at`. */
  used: safe(),
  /** A DID; null under a device's own. */
  owner: nullable(text(4096)),
} as const

export const LAYOUT = recordLayout({ name: "state of credential-checker", version: 4, fields: FIELDS })

export type CredentialState = StateOf<typeof LAYOUT>
export type CredentialDraft = DraftOf<typeof FIELDS>
/** A credential as it is kept: under the DID of its subject. */
export type Accepted = ItemReader<typeof CREDENTIAL>
/** Those of a state, or of one that is being changed. */
export type AcceptedItems = Items<typeof CREDENTIAL>

/** Whole vendors may number alike, so hardware is named within its vendor. Begins with no `did:`: a reserved key. */
export const hardwareKeyOf = (vendor: string, hardwareId: string): string => `hardware/${vendor}/${hardwareId}`

/** Appends a credential, in place. @throws RangeError where there is no room */
export const add = (
  { accepted }: Pick<CredentialDraft, "accepted">,
  { hash, terms, validFrom, validUntil, hardwareId, indices }: Omit<DeviceCredential, "subject">,
): void => {
  const kept = accepted.push()
  Object.assign(kept, { hash, terms, validFrom, validUntil, hardwareId })
  for (const index of indices) kept.indices.push(index)
}

/** The state under a key of hardware. */
export const boundTo = (owner: string, at: number): CredentialState => {
  const draft = LAYOUT.draft()
  draft.owner = owner
  draft.at = at
  return LAYOUT.seal(draft)
}

/** The state without some of its credentials. @param lost their indices, ascending */
export const without = (state: CredentialState, lost: ReadonlyArray<number>): CredentialState => {
  const draft = LAYOUT.draft(state)
  for (const index of lost.toReversed()) draft.accepted.remove(index)
  return LAYOUT.seal(draft)
}
