/**
 * What credential-checker remembers. Under a device's DID: its accepted credentials and its rate bucket; about 300 bytes in
 * memory, because equal terms are one object. Stored, the terms go in whole, so that a row can be read without any other.
 * Under a key of hardware: to whom that hardware is bound.
 */
import { type DeviceCredential, MAX_PRESENTED, parseTerms } from "@assay/credentials"
import { digest, encodedOnce, list, mapped, nullable, type StateOf, safe, text, u32, valueLayout } from "@assay/layout"

/** More are refused as `credential.too_many`. */
export const MAX_ACCEPTED = MAX_PRESENTED

const CREDENTIAL = {
  /** SHA-256 of its signing input. */
  hash: digest(),
  /** Their text is shorter than the credential itself, which is of at most 32 KiB. */
  terms: mapped(text(131_072), { store: ({ text }: DeviceCredential["terms"]) => text, restore: parseTerms }),
  /** Inclusive and exclusive, milliseconds since 1970. */
  validFrom: safe(),
  validUntil: safe(),
  /** At most 128 characters. */
  hardwareId: nullable(text(512)),
  /** The index in each status list of the terms, in their order. */
  indices: list(u32(), 4),
} as const

export const LAYOUT = valueLayout({
  name: "state of credential-checker",
  version: 2,
  fields: {
    /** Oldest first; empty under a key of hardware. Encoded once: with every message only the rate bucket changes. */
    accepted: encodedOnce(list(CREDENTIAL, MAX_ACCEPTED)),
    /** What is left in the rate bucket, in 1/60000 of a message: with milliseconds and messages per minute, all is whole. */
    level: safe(),
    /** When the bucket was last filled, milliseconds since 1970. */
    at: safe(),
    /** A DID; null under a device's own. */
    owner: nullable(text(4096)),
  },
})

export type CredentialState = StateOf<typeof LAYOUT>
/** A credential as it is kept: under the DID of its subject. */
export type Accepted = Omit<DeviceCredential, "subject">

/** Whole vendors may number alike, so hardware is named within its vendor. Begins with no `did:`: a reserved key. */
export const hardwareKeyOf = (vendor: string, hardwareId: string): string => `hardware/${vendor}/${hardwareId}`
