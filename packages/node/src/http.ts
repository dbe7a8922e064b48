/** The HTTP server of a node as the configuration asks for it, checked before anything is started. */
import { createServer } from "node:net"
import {
  type Access,
  accessFor,
  type Grant,
  isLoopback,
  parseTokens,
  RIGHTS,
  type Right,
  readTls,
  type Tls,
} from "@assay/ingress"
import { ConfigurationError } from "@assay/settings"
import * as Redacted from "effect/Redacted"
import type { NodeConfiguration } from "./config.ts"

export interface HttpPlan {
  readonly access: Access
  readonly tls: Tls | null
  /** What works and is still not wise; for the node's log. */
  readonly warnings: ReadonlyArray<string>
}

/** @throws ConfigurationError that names the key */
export const readHttp = (config: NodeConfiguration): HttpPlan => {
  const access = accessFor(
    config.httpHost,
    parseTokens(Redacted.value(config.httpTokens)),
    certificateGrants(config.tlsRights),
  )
  const tls = readTls(config)
  const bare = tls === null && !isLoopback(config.httpHost)
  const warnings = bare
    ? [
        `tokens reach ${config.httpHost} over plain HTTP: set ASSAY_HTTP_TLS_CERT and ASSAY_HTTP_TLS_KEY, or keep the port behind a proxy that has TLS`,
      ]
    : []
  return { access, tls, warnings }
}

/** `CN=right+right`, comma-separated. @throws ConfigurationError that names the key */
const certificateGrants = (text: string): ReadonlyArray<Grant> =>
  text
    .split(",")
    .filter((entry) => entry.trim() !== "")
    .map((entry) => {
      const [principal, rights] = entry.trim().split("=")
      const list = (rights ?? "").split("+")
      if (!principal || !list.every((right) => RIGHTS.includes(right as Right))) {
        throw new ConfigurationError(`ASSAY_HTTP_TLS_RIGHTS: ${entry.trim()} must be NAME=submit+read+admin`)
      }
      return { principal, rights: list as Array<Right> }
    })

/** Why nothing can listen there, or null. Another process may still take the port before we do. */
export const portProblem = ({
  httpHost,
  httpPort,
}: Pick<NodeConfiguration, "httpHost" | "httpPort">): Promise<string | null> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once("error", (cause: NodeJS.ErrnoException) => resolve(listenProblem(cause, httpHost, httpPort)))
    probe.listen(httpPort, httpHost, () => probe.close(() => resolve(null)))
  })

const listenProblem = (cause: NodeJS.ErrnoException, host: string, port: number): string => {
  if (cause.code === "EADDRINUSE")
    return `port ${port} of ${host} is taken by another process: stop that one, or set ASSAY_HTTP_PORT (0 picks a free port)`
  if (cause.code === "EACCES") return `this user may not listen on port ${port}: set ASSAY_HTTP_PORT to one above 1023`
  return `nothing can listen on port ${port} of ${host} (${cause.message}): look at ASSAY_HTTP_HOST and ASSAY_HTTP_PORT`
}
