/**
 * Renewal by a device's own request: a presentation of the credential that it has, signed for the issuer (`aud`). Whoever cannot sign as
 * the device, or shows no credential of this issuer, gets nothing, and costs no look into the register.
 */
import { checkSignature, type Documents, readCredential } from "@assay/credentials"
import { openMessage } from "@assay/message"
import { UsageError } from "../command.ts"
import type { OpenKey } from "../keys.ts"
import { renewInto } from "./issue.ts"
import type { Registered } from "./register.ts"
import type { SharedRegister } from "./shared-register.ts"

export interface RenewalTerms {
  readonly register: SharedRegister
  /** What requests are signed for. */
  readonly aud: string
  /** How long a renewed credential counts. */
  readonly days: number
  /** It is renewed within so long before its end, milliseconds. */
  readonly beforeMs: number
  /** The keys of an issuer whose DID is no key (`issuerDocuments`). */
  readonly documents?: Documents | undefined
}

/** Why a device gets none. `status`: as in HTTP. */
export interface NotRenewed {
  readonly status: 400 | 403 | 409 | 503
  readonly code: `renewal.${string}`
  /** What is wrong, and what to do. */
  readonly message: string
}

/** How old a request may be, and how far the clock of a device may be ahead, seconds. */
const MAX_AGE_S = 300
const MAX_SKEW_S = 60

const no = (status: NotRenewed["status"], code: string, message: string): NotRenewed => ({
  status,
  code: `renewal.${code}`,
  message,
})

interface Asked {
  readonly device: string
  /** Hashes of those that it shows and this issuer signed for it. */
  readonly shown: ReadonlyArray<string>
}

/** What a request asks for, its signatures checked. Pure; never throws. @param now milliseconds since 1970 */
export const readRenewal = (
  bytes: Uint8Array,
  { aud, documents }: Pick<RenewalTerms, "aud" | "documents">,
  issuer: string,
  now: number,
): Asked | NotRenewed => {
  const opened = openMessage(bytes)
  if ("reason" in opened) return no(400, "malformed", `it is no presentation: ${opened.detail}`)
  if ("reason" in opened.read) return no(400, "malformed", `it is no presentation: ${opened.read.detail}`)
  const { claims } = opened.read
  if (claims.kind !== "presentation")
    return no(400, "malformed", "it is another message than a presentation: assay sign --present FILE")
  if (claims.aud !== aud) return no(403, "audience", `it is for ${claims.aud}: sign it for ${aud}`)
  const age = now / 1_000 - claims.iat
  if (age > MAX_AGE_S || age < -MAX_SKEW_S)
    return no(
      403,
      "time",
      `it is of ${Math.round(age)} s ago: sign a new one, and see that the device's clock is right`,
    )
  const forged = checkSignature(opened, claims.iss)
  if (forged !== null) return no(403, "signature", `it is not signed by the key of ${claims.iss}: ${forged.detail}`)
  const shown = claims.credentials.flatMap((token) => {
    const read = readCredential(token)
    if ("detail" in read || read.credential.terms.issuer !== issuer || read.credential.subject !== claims.iss) return []
    return checkSignature(read.signed, issuer, documents) === null ? [read.credential.hash] : []
  })
  return shown.length > 0
    ? { device: claims.iss, shown }
    : no(403, "credential", `it shows no credential that ${issuer} issued to ${claims.iss}`)
}

/** What the register has against it; null: nothing. */
const whyNot = (all: ReadonlyArray<Registered>, shown: ReadonlyArray<string>): NotRenewed | null => {
  const own = all.filter(({ hash }) => shown.includes(hash))
  if (own.length === 0) return no(403, "unknown", "the register does not have the credential that it shows")
  const valid = own.filter(({ status }) => status === "valid")
  return valid.length > 0 ? null : no(403, "withdrawn", "the credential that it shows is revoked or suspended")
}

/**
 * The device's new credential. Where it has a newer one already, since an answer was lost, it gets that one again.
 * @throws UsageError where another call works on the register; what the key throws
 */
export const renewFor = (
  { device, shown }: Asked,
  { register: shared, days, beforeMs }: RenewalTerms,
  issuer: OpenKey,
  now: number,
): Promise<{ readonly credential: string } | NotRenewed> =>
  shared
    .work(async (register) => {
      const all = register.of(device)
      const why = whyNot(all, shown)
      if (why !== null) return why
      const newest = all.filter(({ status }) => status !== "revoked").at(-1)!
      if (newest.status === "suspended") return no(403, "withdrawn", "its newest credential is suspended")
      if (newest.validUntil - now > beforeMs) {
        if (shown.includes(newest.hash))
          return no(
            409,
            "not_due",
            `it counts until ${new Date(newest.validUntil).toISOString()}: ask again within ${Math.round(beforeMs / 86_400_000)} days before that`,
          )
        return { credential: register.tokenOf(newest.hash) }
      }
      return { credential: await renewInto(register, device, days, issuer) }
    })
    .catch((cause: unknown) => {
      // Another command works on the register just now, or its lists are full.
      if (cause instanceof UsageError) return no(503, "busy", cause.message)
      throw cause
    })
