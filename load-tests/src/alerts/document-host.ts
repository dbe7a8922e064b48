/** A web server with documents of devices under did:web. */
import { createServer } from "node:https"
import { freePorts } from "@assay/infra/kafka"
import type { Pair } from "@assay/testkit/certificates"

export interface DocumentHost {
  readonly port: number
  /** Publishes the document of a device. @param name below the host's devices @param multikey of its key @returns its DID */
  publish(name: string, multikey: string): string
  stop(): Promise<void>
}

/** @param host its name in DIDs @param pair its certificate and key */
export const startDocumentHost = async (host: string, pair: Pair): Promise<DocumentHost> => {
  const documents = new Map<string, string>()
  const server = createServer(pair, (request, response) => {
    const found = documents.get(request.url ?? "")
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/did+json" })
    response.end(found)
  })
  const port = await freePorts(1)
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
  return {
    port,
    publish: (name, multikey) => {
      const did = `did:web:${host}:devices:${name}`
      const verificationMethod = [{ id: "#k", type: "Multikey", controller: did, publicKeyMultibase: multikey }]
      const document = { id: did, verificationMethod, assertionMethod: ["#k"], authentication: ["#k"] }
      documents.set(`/devices/${name}/did.json`, JSON.stringify(document))
      return did
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
