/** vitest's globalSetup: holds the schema registry that a test run shares. */
import { ensureDistribution, missingForRegistry } from "@assay/infra/schema-registry"
import type { TestProject } from "vitest/node"
import { onFirstAsk } from "../on-first-ask.ts"
import { startTestRegistry } from "./start.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** Where index.ts asks for the registry. */
    schemaTestRegistry?: string
  }
}

const progress = (line: string): boolean => process.stderr.write(`${line}\n`)

/** Once for a machine, before a test's time runs. Where it fails, who asks for a registry gets the reason. */
const fetchDistribution = async (): Promise<void> => {
  if ((await missingForRegistry()) !== null) return
  await ensureDistribution(progress).catch((cause: Error) => progress(cause.message))
}

export default async (project: TestProject): Promise<() => Promise<void>> => {
  await fetchDistribution()
  const { url, end } = await onFirstAsk(async () => {
    const registry = await startTestRegistry()
    return { answer: { url: registry.url }, end: registry.end }
  })
  project.provide("schemaTestRegistry", url)
  return end
}
