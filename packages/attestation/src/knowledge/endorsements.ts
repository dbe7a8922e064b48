/** What the roots say of the hardware of one vendor: whose certificates count, and how evidence is appraised. */
import { type Fault, hexSha256, integer, list, object, oneOf, type Path, type Reader, text } from "@assay/jose/shape"
import { type Certificate, MAX_CERTIFICATE_BYTES } from "../x509/certificate.ts"
import { certificateOf } from "../x509/chain.ts"

export const FORMATS = ["tpm2", "dice", "psa", "eat", "secure-element"] as const
export type Format = (typeof FORMATS)[number]
export const KEY_ALGORITHMS = ["ES256", "ES384", "RS256", "Ed25519"] as const
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number]

export interface TrustedRoot {
  /** For people. */
  readonly name: string
  /** The format whose chains may end here. */
  readonly format: Format
  /** DER, base64. */
  readonly certificate: string
}

/** Signed by a threshold of the roots. Times in milliseconds. */
export interface Endorsements {
  readonly version: number
  readonly issued: number
  readonly expires: number
  /** As credentials name it. */
  readonly vendor: string
  readonly appraisal: {
    /** Of attestation keys: what evidence names is only compared with these. */
    readonly algorithms: ReadonlyArray<KeyAlgorithm>
    /** A quote covers exactly these PCRs. */
    readonly pcrs: ReadonlyArray<number>
    /** Whether the event log must come with the quote. */
    readonly eventLog: "required" | "optional"
    /** Whether attestation keys must lie under the endorsement key, so that resets and firmware are stated as they are. */
    readonly resets: "stated" | "ignored"
    /** How long a result holds. */
    readonly renewMs: number
  }
  readonly roots: ReadonlyArray<TrustedRoot>
  /** SHA-256 of certificates that count no more, hex. */
  readonly revoked: ReadonlyArray<string>
}

const MAX_ROOTS = 64
const MAX_REVOKED = 4_096
const MINUTE_MS = 60_000
const YEAR_MS = 366 * 86_400_000
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** As in credentials. */
export const modelName = text(128, /^[^/\p{Cc}]+$/u, "a name without slash")

const certificate: Reader<string> = (value, path, faults) => {
  const found = text(2 * MAX_CERTIFICATE_BYTES, BASE64, "base64")(value, path, faults)
  if (found === undefined) return undefined
  const read = certificateOf(Buffer.from(found, "base64"))
  if (read?.isCa === true) return found
  faults.push({ path, message: "must be the DER of a CA certificate of X.509 version 3" })
  return undefined
}

const endorsements: Reader<Endorsements> = object({
  version: integer(1),
  issued: integer(),
  expires: integer(),
  vendor: modelName,
  appraisal: object({
    algorithms: list(oneOf(KEY_ALGORITHMS), KEY_ALGORITHMS.length, 1),
    pcrs: list(integer(0, 23), 24, 1),
    eventLog: oneOf(["required", "optional"]),
    resets: oneOf(["stated", "ignored"]),
    renewMs: integer(MINUTE_MS, YEAR_MS),
  }),
  roots: list(object({ name: text(128), format: oneOf(FORMATS), certificate }), MAX_ROOTS, 1),
  revoked: list(hexSha256, MAX_REVOKED),
})

const checkTogether = ({ issued, expires, appraisal }: Endorsements, path: Path, faults: Fault[]): void => {
  if (expires <= issued) faults.push({ path: [...path, "expires"], message: "must be later than issued" })
  if (appraisal.pcrs.some((pcr, n) => n > 0 && pcr <= appraisal.pcrs[n - 1]!))
    faults.push({ path: [...path, "appraisal", "pcrs"], message: "must be in ascending order, each once" })
}

export const endorsementsShape: Reader<Endorsements> = (value, path, faults) => {
  const found = endorsements(value, path, faults)
  if (found !== undefined) checkTogether(found, path, faults)
  return faults.length === 0 ? found : undefined
}

/** The same, its certificates read. */
export interface OpenedEndorsements {
  readonly body: Endorsements
  readonly roots: ReadonlyMap<Format, ReadonlyArray<Certificate>>
  readonly revoked: ReadonlySet<string>
}

const opened = new WeakMap<Endorsements, OpenedEndorsements>()

/** Read once for as long as the item is in force. */
export const openEndorsements = (body: Endorsements): OpenedEndorsements => {
  const known = opened.get(body)
  if (known !== undefined) return known
  const roots = new Map<Format, Certificate[]>()
  for (const { format, certificate: der } of body.roots)
    roots.set(format, [...(roots.get(format) ?? []), certificateOf(Buffer.from(der, "base64"))!])
  const found = { body, roots, revoked: new Set(body.revoked) }
  opened.set(body, found)
  return found
}
