/** The certificate, key and client authority of the HTTP server, read and checked before anything is started. */

import { ConfigurationError, HTTP } from "@assay/settings"
import * as Redacted from "effect/Redacted"
import { readPem } from "../pem.ts"

export interface Tls {
  readonly cert: Buffer
  readonly key: Redacted.Redacted<Buffer>
  /** Where given, client certificates of this authority are asked for. */
  readonly ca: Buffer | null
}

/** Paths of PEM files, as the configuration names them. */
export interface TlsPaths {
  readonly tlsCert: string | null
  readonly tlsKey: string | null
  readonly tlsCa: string | null
  readonly tlsRights: string
}

/**
 * @returns null where plain HTTP is configured
 * @throws ConfigurationError that names the key, and the file where one cannot be used
 */
export const readTls = ({ tlsCert, tlsKey, tlsCa, tlsRights }: TlsPaths): Tls | null => {
  if (tlsRights.trim() !== "" && tlsCa === null) {
    throw new ConfigurationError(
      "ASSAY_HTTP_TLS_RIGHTS gives rights to client certificates: set ASSAY_HTTP_TLS_CA, the authority that signs them",
    )
  }
  if (tlsCert === null && tlsKey === null && tlsCa === null) return null
  if (tlsCert === null || tlsKey === null)
    throw new ConfigurationError("ASSAY_HTTP_TLS_CERT and ASSAY_HTTP_TLS_KEY go together: set both")
  const cert = readPem(HTTP.tlsCert.key, tlsCert, (pem) => ({ cert: pem }))
  const key = Redacted.make(readPem(HTTP.tlsKey.key, tlsKey, (pem) => ({ cert, key: pem })))
  return { cert, key, ca: tlsCa === null ? null : readPem(HTTP.tlsCa.key, tlsCa, (pem) => ({ ca: pem })) }
}
