/** What several kinds of sinks read from their options in the same way. */
import { encoderOf } from "../../encode/formats.ts"
import type { SinkSetup } from "../kinds.ts"
import { fileOf } from "../secret.ts"
import { type Options, TargetError } from "../target.ts"
import { formatOptionsOf, wantedOf } from "./options.ts"

/** Form and choice: what every kind has. */
export const commonOf = (
  options: Options,
  formats: ReadonlyArray<string>,
): Pick<SinkSetup, "encoder" | "wanted" | "state"> & { readonly format: string } => {
  const format = options.choice("format", formats, formats[0]!)
  const given = formatOptionsOf(options)
  return {
    format,
    encoder: () => encoderOf(format, given),
    wanted: wantedOf(options, format !== "decision"),
    state: options.text("state"),
  }
}

/** Files in PEM: whom we trust, and who we are. @returns reads them. */
export const tlsOf = (options: Options) => {
  const [ca, cert, key] = ["ca", "cert", "key"].map((name) => options.text(name))
  if ((cert === null) !== (key === null)) throw new TargetError("cert and key go together")
  return () => ({
    ...(ca == null ? {} : { ca: fileOf("ca", ca) }),
    ...(cert == null ? {} : { cert: fileOf("cert", cert) }),
    ...(key == null ? {} : { key: fileOf("key", key) }),
  })
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
