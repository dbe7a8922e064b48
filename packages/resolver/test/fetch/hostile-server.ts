/** A server with TLS that answers as a test says, under a name that leads to this machine. */
import { mkdtempSync, rmSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { hasOpenssl, issue, makeAuthority, type Pair } from "@assay/testkit/certificates"
import { onTestFinished } from "vitest"
import { type FetchOptions, hostsOf } from "../../src/index.ts"

export { hasOpenssl }

export const HOST = "id.test.example"

export interface HostileServer {
  readonly port: number
  /** How many requests came. */
  readonly asked: ReadonlyArray<string>
  readonly options: FetchOptions
}

let made: { readonly authority: Pair; readonly server: Pair } | null = null

/** Once for a file of tests: openssl takes some 50 ms for each pair. */
const certificates = () => {
  if (made !== null) return made
  const dir = mkdtempSync(join(tmpdir(), "resolver-tls-"))
  made = { authority: makeAuthority(dir, "authority"), server: issue(dir, "authority", HOST, `DNS:${HOST}`) }
  rmSync(dir, { recursive: true })
  return made
}

export const startServer = async (
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<HostileServer> => {
  const { authority, server: pair } = certificates()
  const asked: Array<string> = []
  const server = createServer({ cert: pair.cert, key: pair.key }, (request, response) => {
    asked.push(request.url!)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    asked,
    options: {
      hosts: hostsOf([`${HOST}:${port}@127.0.0.0/8`]),
      ca: authority.cert,
      resolveName: async () => [{ address: "127.0.0.1", family: 4 }],
    },
  }
}
