/** Who calls over HTTP, by bearer token or client certificate. */
import { createHash, timingSafeEqual } from "node:crypto"
import type { IncomingMessage } from "node:http"
import type { TLSSocket } from "node:tls"
import { ConfigurationError } from "@assay/settings"
import { type Grant, RIGHTS, type Right } from "../core/rights.ts"

export interface TokenGrant extends Grant {
  /** Hex SHA-256 of the bearer token: the configuration never holds the token itself. */
  readonly sha256: string
}

export interface Access {
  readonly tokens: ReadonlyArray<TokenGrant>
  /** Grants by the subject CN of a client certificate that the TLS layer has verified. */
  readonly certificates: ReadonlyArray<Grant>
  /** True only on loopback with no grant configured: then every caller on this machine has every right. */
  readonly open: boolean
}

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"])
export const isLoopback = (host: string): boolean => LOOPBACK.has(host)

/** @throws ConfigurationError that names the key where a host beyond loopback has no grant at all */
export const accessFor = (
  host: string,
  tokens: ReadonlyArray<TokenGrant>,
  certificates: ReadonlyArray<Grant>,
): Access => {
  const open = tokens.length === 0 && certificates.length === 0
  if (open && !isLoopback(host)) {
    throw new ConfigurationError(
      `ASSAY_HTTP_HOST is ${host}, beyond loopback: set ASSAY_HTTP_TOKENS, or ASSAY_HTTP_TLS_CA and ASSAY_HTTP_TLS_RIGHTS (mTLS), first`,
    )
  }
  return { tokens, certificates, open }
}

/**
 * @param text `principal:right+right:hex-sha256-of-token`, comma-separated
 * @throws ConfigurationError that names the entry which cannot be read
 */
export const parseTokens = (text: string): ReadonlyArray<TokenGrant> =>
  text
    .split(",")
    .filter((entry) => entry.trim() !== "")
    .map((entry, index) => {
      const [principal, rights, sha256] = entry.trim().split(":")
      const list = (rights ?? "").split("+")
      if (
        !principal ||
        !sha256 ||
        !/^[0-9a-f]{64}$/.test(sha256) ||
        !list.every((right) => RIGHTS.includes(right as Right))
      ) {
        throw new ConfigurationError(
          `ASSAY_HTTP_TOKENS: entry ${index + 1} must be principal:submit+read+admin:<hex SHA-256 of the token>`,
        )
      }
      return { principal, rights: list as Array<Right>, sha256 }
    })

/** Who calls, or null for nobody we know. */
export const authenticate = (access: Access, request: IncomingMessage): Grant | null => {
  if (access.open) return isOurHost(request) && !isFromWebPage(request) ? { principal: "local", rights: RIGHTS } : null
  const socket = request.socket as TLSSocket
  // A browser shows its certificate for any page that asks it to; a token is sent by nobody who does not know it.
  if (socket.authorized === true && !isFromWebPage(request)) {
    const name = socket.getPeerCertificate().subject?.CN
    const grant = access.certificates.find((candidate) => candidate.principal === name)
    if (grant !== undefined) return grant
  }
  const header = request.headers.authorization
  if (header === undefined || !header.startsWith("Bearer ")) return null
  const digest = createHash("sha256").update(header.slice(7)).digest()
  return access.tokens.find((candidate) => timingSafeEqual(Buffer.from(candidate.sha256, "hex"), digest)) ?? null
}

/** A page that a browser shows sends `Origin` with what changes something, and newer browsers say of any call whence it comes. */
const isFromWebPage = ({ headers }: IncomingMessage): boolean =>
  headers.origin !== undefined || !["none", undefined].includes(headers["sec-fetch-site"] as string | undefined)

/**
 * Open on loopback means open to programs of this machine, not to web pages that its browser shows: where a page had its own
 * name resolve to this machine, the `Host` is not ours.
 */
const isOurHost = ({ headers }: IncomingMessage): boolean => {
  const host = URL.parse(`http://${headers.host ?? ""}`)?.hostname ?? ""
  return isLoopback(host.replace(/^\[|\]$/g, ""))
}
