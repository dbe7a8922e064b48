/**
 * A chain of certificates up to a root that a policy names (RFC 5280, section 6): names, signatures, times, who may sign for whom,
 * and no critical extension that nobody here understands. Revocation is by hash, as knowledge: nothing is fetched.
 */
import { type Certificate, readCertificate } from "./certificate.ts"
import { DerError } from "./der.ts"

export const MAX_CHAIN = 6
const CERT_SIGN = 0x04

/** Basic constraints, key usage, extended key usage, names, key identifiers, policies, where revocations lie. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  "2.5.29.19",
  "2.5.29.15",
  "2.5.29.37",
  "2.5.29.17",
  "2.5.29.14",
  "2.5.29.35",
  "2.5.29.31",
  "2.5.29.32",
])

export interface Chain {
  readonly leaf: Certificate
  /** Leaf first, without the root. */
  readonly certificates: ReadonlyArray<Certificate>
  readonly root: Certificate
}

export interface ChainOptions {
  readonly roots: ReadonlyArray<Certificate>
  /** SHA-256 of certificates, hex. */
  readonly revoked: ReadonlySet<string>
  /** Milliseconds since 1970. */
  readonly time: number
  /** Further extensions that the caller reads itself. */
  readonly understood?: ReadonlySet<string>
  /** Devices without a clock issue certificates themselves whose times say nothing (DICE). Default: times count. */
  readonly timeless?: true
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

const wrongOf = (one: Certificate, options: ChainOptions): string | null => {
  const { revoked, time, understood, timeless } = options
  if (revoked.has(one.hash.toString("hex"))) return "is revoked"
  if (timeless !== true && (time < one.notBefore || time > one.notAfter)) return "is not valid at this time"
  for (const [oid, { critical }] of one.extensions)
    if (critical && !UNDERSTOOD.has(oid) && understood?.has(oid) !== true) return `has the critical extension ${oid}`
  return null
}

/** Why `issuer` may not have signed a certificate with so many CA certificates below it. */
const whyNoIssuer = (issuer: Certificate, below: number): string | null => {
  if (!issuer.isCa) return "is no CA"
  if (issuer.usage !== null && (issuer.usage & CERT_SIGN) === 0) return "may sign no certificates"
  return issuer.pathLength !== null && below > issuer.pathLength ? "has too many certificates below it" : null
}

/**
 * Checks the chain, leaf first, with or without its root at the end.
 * @returns the chain, or a sentence that says what is wrong with it
 */
export const verifyChain = (ders: ReadonlyArray<Uint8Array>, options: ChainOptions): Chain | string => {
  if (ders.length === 0 || ders.length > MAX_CHAIN)
    return `a chain of ${ders.length} certificates, of 1 to ${MAX_CHAIN}`
  let all: Array<Certificate>
  try {
    all = ders.map(readCertificate)
  } catch (cause) {
    if (cause instanceof DerError) return `no certificate: ${cause.message}`
    throw cause
  }
  const last = all.at(-1)!
  const named = options.roots.find(({ raw }) => isEqual(raw, last.raw))
  if (named !== undefined && all.length > 1) all = all.slice(0, -1)
  const top = all.at(-1)!
  const root = options.roots.find(({ subject, key }) => isEqual(subject, top.issuer) && top.isSignedBy(key))
  if (root === undefined) return "the chain ends at no root that is in force"
  const chain = [...all, root]
  for (const [n, one] of chain.entries()) {
    const wrong = wrongOf(one, options)
    if (wrong !== null) return `certificate ${n} ${wrong}`
    const issuer = chain[n + 1]
    if (issuer === undefined) break
    const unfit = whyNoIssuer(issuer, n)
    if (unfit !== null) return `certificate ${n + 1} ${unfit}`
    if (!isEqual(one.issuer, issuer.subject) || !one.isSignedBy(issuer.key))
      return `certificate ${n} is not issued by the next`
  }
  return { leaf: all[0]!, certificates: all, root }
}

/** A certificate of somebody's knowledge, or null where it is none. */
export const certificateOf = (der: Uint8Array): Certificate | null => {
  try {
    return readCertificate(der)
  } catch (cause) {
    if (cause instanceof DerError) return null
    throw cause
  }
}
