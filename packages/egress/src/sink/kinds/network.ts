/** What kinds of sinks that go over the network read from their options in the same way. */
import { fileOf } from "../secret.ts"
import { type Options, TargetError } from "../target.ts"

/** Who we are, in PEM. @returns reads the files; null where none are named */
export const certificateOf = (options: Options) => {
  const [cert, key] = [options.text("cert"), options.text("key")]
  if ((cert === null) !== (key === null)) throw new TargetError("cert and key go together")
  return () => (cert === null || key === null ? null : { cert: fileOf("cert", cert), key: fileOf("key", key) })
}

/** Whom we trust, and who we are, in PEM. @returns reads the files */
export const tlsOf = (options: Options) => {
  const ca = options.text("ca")
  const certificate = certificateOf(options)
  return () => ({ ...(ca === null ? {} : { ca: fileOf("ca", ca) }), ...certificate() })
}

const SECONDS = 1_000

/** How long the other side may take. */
export const timeoutOf = (options: Options): number => options.whole("timeout", 1, 600, 30) * SECONDS

/** @param address `//HOST:PORT` @throws TargetError */
export const hostAndPort = (address: string, standard: number): { readonly host: string; readonly port: number } => {
  const url = URL.canParse(`any:${address}`) ? new URL(`any:${address}`) : null
  if (url === null || url.hostname === "" || url.username !== "" || !["", "/"].includes(url.pathname))
    throw new TargetError(`${JSON.stringify(address)} must be //HOST or //HOST:PORT`)
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: url.port === "" ? standard : Number(url.port) }
}
