/** What a Bitstring Status List credential (W3C, REC 2025-05-15, section 2.2) says of its list. */
import type { JsonObject } from "@assay/jose"
import { type Fault, integer, list, object, oneOf, optional, type Reader, readShape, text } from "@assay/jose/shape"
import type { StatusPurpose } from "@assay/trust"
import { splitClaims } from "../data-model/jwt-claims.ts"
import { credentialHead, dateTime, uri } from "../data-model/members.ts"
import { failureOf, type TokenFailure } from "../token.ts"
import { decodeStatusList, MAX_ENCODED_LENGTH } from "./list.ts"
import { endOf, type ListClaims } from "./list-claims.ts"

const purpose = oneOf(["revocation", "suspension"])
const purposes: Reader<ReadonlyArray<StatusPurpose>> = (value, path, faults) => {
  if (Array.isArray(value)) return list(purpose, 2, 1)(value, path, faults)
  const one = purpose(value, path, faults)
  return one === undefined ? undefined : [one]
}

const listCredential = object({
  ...credentialHead(["VerifiableCredential", "BitstringStatusListCredential"]),
  id: optional(uri, undefined),
  validFrom: optional(dateTime, undefined),
  validUntil: optional(dateTime, undefined),
  credentialSubject: object({
    id: optional(uri, undefined),
    type: oneOf(["BitstringStatusList"]),
    statusPurpose: purposes,
    encodedList: text(MAX_ENCODED_LENGTH),
    /** Milliseconds. */
    ttl: optional(integer(1), undefined),
  }),
})

/** The claims of the payload of a `vc+jwt`, its signature not checked. Never throws. */
export const bitstringClaims = (payload: JsonObject): (ListClaims & { readonly issuer: string }) | TokenFailure => {
  const faults: Fault[] = []
  const { credential, times, status } = splitClaims(payload, faults)
  if (status !== null)
    faults.push({ path: ["status"], message: "must not be there: nobody asks a list for its own status" })
  if (faults.length > 0) return failureOf(faults)
  const read = readShape(listCredential, credential)
  if (!("value" in read)) return failureOf(read)
  const { id: own, issuer, validFrom = 0, validUntil = Number.POSITIVE_INFINITY, credentialSubject } = read.value
  const { id: subject, statusPurpose, encodedList, ttl } = credentialSubject
  const id = own ?? subject?.split("#", 1)[0]
  if (id === undefined) return { detail: "id is missing: it must be the URL at which the list is published" }
  // Whichever the issuer moves on with each list that it signs.
  const issued = Math.max(validFrom, times.from)
  if (issued === 0) return { detail: "validFrom is missing: a list without a time could be replaced by an older one" }
  return {
    issuer,
    id,
    purposes: statusPurpose,
    issued,
    expires: endOf(issued, Math.min(validUntil, times.until)),
    ttlMs: ttl ?? null,
    entries: () => decodeStatusList(encodedList),
  }
}
