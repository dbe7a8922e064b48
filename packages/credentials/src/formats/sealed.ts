/** A credential as its format has it: what it says, and what its issuer signed, which nobody has verified yet. */
import { isObject, type JsonObject } from "@assay/jose"
import { readShape } from "@assay/jose/shape"
import type { SignatureTimes, TokenStatusRef } from "../data-model/jwt-claims.ts"
import { type CredentialBody, deviceCredential } from "../data-model/shape.ts"
import { failureOf, type SignedPart } from "../token.ts"
import type { KeyBinding } from "./sd-jwt/key-binding.ts"

/** One model of what any format says. */
export interface Sealed {
  readonly body: CredentialBody
  readonly signed: SignedPart
  /** When the signature counts, beside what the credential says of itself. */
  readonly times: SignatureTimes
  /** A place in a Token Status List, where the format has one beside the credential. */
  readonly status: TokenStatusRef | null
  /** What names this credential among others: its signing input, and what was disclosed with it; never a signature. */
  readonly identity: ReadonlyArray<Uint8Array>
  /** What its holder signed with it, not verified; null where it signed nothing, or the format has no such thing. */
  readonly binding: KeyBinding | null
}

/** It is none of this format, or odd in a way that its issuer answers for. */
export interface Unreadable {
  /** For people, with the path where there is one. */
  readonly detail: string
  /** Where it names an issuer: that issuer's signature tells whose mistake this is. */
  readonly claimed?: { readonly issuer: string; readonly signed: SignedPart }
}

/** Names the issuer that the payload names, so that its signature can be asked for. */
export const claimedBy = ({ detail }: Unreadable, { issuer, iss }: JsonObject, signed: SignedPart): Unreadable => {
  const named = isObject(issuer) ? issuer["id"] : (issuer ?? iss)
  return typeof named === "string" ? { detail, claimed: { issuer: named, signed } } : { detail }
}

/** Of the formats whose payload is the credential itself. */
export const sealedCredential = (
  credential: JsonObject,
  signed: SignedPart,
  { times, status }: Pick<Sealed, "times" | "status">,
): Sealed | Unreadable => {
  const shaped = readShape(deviceCredential, credential)
  if (!("value" in shaped)) return claimedBy(failureOf(shaped), credential, signed)
  return { body: shaped.value, signed, times, status, identity: [signed.signingInput], binding: null }
}
