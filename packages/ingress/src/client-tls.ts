/** What an adapter shows a broker or a CSE over TLS, and by which authority it knows them. */
import * as Redacted from "effect/Redacted"
import { readPem } from "./pem.ts"
import { wrongSetting } from "./wrong-setting.ts"

export interface ClientTls {
  /** Null: the system's authorities. */
  readonly ca: Buffer | null
  /** Null, as the key then is: without client certificate. */
  readonly cert: Buffer | null
  readonly key: Redacted.Redacted<Buffer> | null
}

const PARTS = ["ca", "cert", "key"] as const
type Part = (typeof PARTS)[number]

/**
 * @param settings the three, for messages
 * @param paths of PEM files, as the configuration names them
 * @param unused why none of them counts, for people; null: TLS is asked for
 * @throws ConfigurationError that names the setting
 */
export const readClientTls = (
  settings: Readonly<Record<Part, { readonly key: string }>>,
  paths: Readonly<Record<Part, string | null>>,
  unused: string | null,
): ClientTls | null => {
  if (unused !== null) {
    const named = PARTS.find((part) => paths[part] !== null)
    if (named !== undefined) throw wrongSetting(settings[named].key, unused)
    return null
  }
  if ((paths.cert === null) !== (paths.key === null))
    throw wrongSetting(settings.cert.key, `it goes together with ${settings.key.key}: set both`)
  const ca = paths.ca === null ? null : readPem(settings.ca.key, paths.ca, (pem) => ({ ca: pem }))
  if (paths.cert === null || paths.key === null) return { ca, cert: null, key: null }
  const cert = readPem(settings.cert.key, paths.cert, (pem) => ({ cert: pem }))
  return { ca, cert, key: Redacted.make(readPem(settings.key.key, paths.key, (pem) => ({ cert, key: pem }))) }
}

/** For whatever opens the connection: what is null is left out, so that its defaults count. */
export const tlsOptionsOf = ({ ca, cert, key }: ClientTls): { readonly [P in Part]?: Buffer } => ({
  ...(ca === null ? {} : { ca }),
  ...(cert === null ? {} : { cert }),
  ...(key === null ? {} : { key: Redacted.value(key) }),
})
