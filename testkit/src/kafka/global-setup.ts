/**
 * vitest's globalSetup: holds the broker that a test run shares. Test files run in processes of their own, so they ask for it
 * over a loopback port; the first to ask starts it, a run that never asks pays nothing, and it ends with the run.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Cluster, freePorts, HOST, portsOf, startCluster } from "@assay/infra/kafka"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  interface ProvidedContext {
    /** Where testing.ts asks for the broker. */
    kafkaTestBroker?: string
  }
}

const start = async (): Promise<Cluster> => {
  const dataDir = await mkdtemp(join(tmpdir(), "assay-kafka-"))
  const basePort = await freePorts(portsOf({ nodes: 1, secure: false }))
  const progress = (line: string): boolean => process.stderr.write(`${line}\n`)
  return startCluster({ dataDir, basePort, tied: true, progress })
}

export default async (project: TestProject): Promise<() => Promise<void>> => {
  let cluster: Promise<Cluster> | null = null
  const server = createServer((_, response) => {
    cluster ??= start()
    cluster.then(
      ({ client }) => response.setHeader("content-type", "application/json").end(JSON.stringify(client)),
      (cause: Error) => response.writeHead(500).end(cause.message),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, HOST, resolve)
  })
  // The run must not wait for this server where teardown is not reached.
  server.unref()
  project.provide("kafkaTestBroker", `http://${HOST}:${(server.address() as AddressInfo).port}/`)
  return async () => {
    server.close()
    server.closeAllConnections()
    const running = await cluster?.catch(() => null)
    if (running === null || running === undefined) return
    await running.stop()
    await rm(running.dataDir, { recursive: true, force: true })
  }
}
