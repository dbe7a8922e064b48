/**
 * The formats of credentials. A credential stands in a presentation as a text, and each format is known by it: nothing in a
 * credential chooses how it is read. A new one is a file here and a line below.
 */

import { openDataIntegrity } from "./data-integrity.ts"
import { openSdJwt } from "./sd-jwt/read.ts"
import type { Sealed, Unreadable } from "./sealed.ts"
import { COSE_HEAD, openVcCose } from "./vc-cose.ts"
import { openVcJwt } from "./vc-jwt.ts"

export type FormatName = "dc+sd-jwt" | "data-integrity" | "vc+cose" | "vc+jwt"

export interface CredentialFormat {
  readonly name: FormatName
  /** Whether a text is of this format, if it is of any. */
  is(token: string): boolean
  /** What it says, its signature not checked; or why nobody can say. Never throws. */
  open(token: string): Sealed | Unreadable
}

/** The first that a text is of reads it. */
const CREDENTIAL_FORMATS: ReadonlyArray<CredentialFormat> = [
  { name: "dc+sd-jwt", is: (token) => token.includes("~"), open: openSdJwt },
  { name: "data-integrity", is: (token) => token.startsWith("{"), open: openDataIntegrity },
  { name: "vc+cose", is: (token) => token.startsWith(COSE_HEAD) && !token.includes("."), open: openVcCose },
  { name: "vc+jwt", is: () => true, open: openVcJwt },
]

/** Opens a credential of whichever format. Never throws. */
export const openSealed = (token: string): Sealed | Unreadable =>
  CREDENTIAL_FORMATS.find(({ is }) => is(token))!.open(token)

/** What a text is, if it is a credential at all. */
export const formatOf = (token: string): FormatName => CREDENTIAL_FORMATS.find(({ is }) => is(token))!.name
