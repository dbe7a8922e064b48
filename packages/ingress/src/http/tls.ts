/** The certificate, key and client authority of the HTTP server, read and checked before anything is started. */

import { readFileSync } from "node:fs"
import { createSecureContext } from "node:tls"
import { ConfigurationError, HTTP } from "@assay/settings"
import * as Redacted from "effect/Redacted"

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
  const cert = read(HTTP.tlsCert.key, tlsCert, (pem) => ({ cert: pem }))
  const key = Redacted.make(read(HTTP.tlsKey.key, tlsKey, (pem) => ({ cert, key: pem })))
  return { cert, key, ca: tlsCa === null ? null : read(HTTP.tlsCa.key, tlsCa, (pem) => ({ ca: pem })) }
}

const read = (name: string, path: string, use: (pem: Buffer) => Parameters<typeof createSecureContext>[0]): Buffer => {
  try {
    const pem = readFileSync(path)
    createSecureContext(use(pem))
    return pem
  } catch (cause) {
    throw new ConfigurationError(
      `${name} is ${JSON.stringify(path)}, which cannot be used: ${(cause as Error).message}`,
    )
  }
}
