/** vitest's globalSetup: holds the broker that a test run shares. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ensureJars, freePorts, kafkaAvailability, portsOf, startCluster } from "@assay/infra/kafka"
import type { TestProject } from "vitest/node"
import { onFirstAsk, type Shared } from "../on-first-ask.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** Where testing.ts asks for the broker. */
    kafkaTestBroker?: string
  }
}

const progress = (line: string): boolean => process.stderr.write(`${line}\n`)

const start = async (): Promise<Shared> => {
  const dataDir = await mkdtemp(join(tmpdir(), "assay-kafka-"))
  const basePort = await freePorts(portsOf({ nodes: 1, secure: false }))
  const cluster = await startCluster({ dataDir, basePort, tied: true, progress })
  return {
    answer: cluster.client,
    end: async () => {
      await cluster.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Once for a machine, before a test's time runs. Where it fails, who asks for a broker gets the reason. */
const fetchJars = async (): Promise<void> => {
  if ((await kafkaAvailability()).by !== "java") return
  await ensureJars(undefined, progress).catch((cause: Error) => progress(cause.message))
}

export default async (project: TestProject): Promise<() => Promise<void>> => {
  await fetchJars()
  const { url, end } = await onFirstAsk(start)
  project.provide("kafkaTestBroker", url)
  return end
}
