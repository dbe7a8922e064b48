/**
 * What credential-checker remembers. Under a device's DID: its accepted credentials and its rate bucket; about 300 bytes,
 * because equal terms are shared. Under a key of hardware: to whom that hardware is bound.
 */
import type { DeviceCredential } from "@assay/credentials"

export type Accepted = Omit<DeviceCredential, "subject">

export interface CredentialState {
  /** At most MAX_ACCEPTED, oldest first; empty under a key of hardware. */
  readonly accepted: ReadonlyArray<Accepted>
  /** What is left in the rate bucket, in 1/60000 of a message: with milliseconds and messages per minute, all is whole. */
  readonly level: number
  /** When the bucket was last filled, milliseconds since 1970. */
  readonly at: number
  /** Null under a device's DID. */
  readonly owner: string | null
}

/** More are refused as `credential.too_many`. */
export const MAX_ACCEPTED = 4

/** Whole vendors may number alike, so hardware is named within its vendor. Begins with no `did:`: a reserved key. */
export const hardwareKeyOf = (vendor: string, hardwareId: string): string => `hardware/${vendor}/${hardwareId}`
