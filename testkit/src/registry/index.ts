/** A real schema registry for tests: one that the whole run shares, or one of a file's own, to be stopped and killed. */
import { missingForRegistry } from "@assay/infra/schema-registry"
import { inject } from "vitest"
import { askFor } from "../on-first-ask.ts"

export { startTestRegistry, type TestRegistry } from "./start.ts"

/** Says so, loudly, where the tests of a file cannot run. @returns whether to skip them */
export const skipsRegistry = async (file: string): Promise<boolean> => {
  const missing = await missingForRegistry()
  if (missing !== null) process.stderr.write(`\nSKIPPED: ${file}: no schema registry can be started: ${missing}\n`)
  return missing !== null
}

/**
 * The registry of this test run, started when the first test file asks for it. Others use it at the same time: take subjects
 * under a prefix of your own.
 */
export const sharedRegistry = async (): Promise<{ readonly url: string }> => {
  const address = inject("schemaTestRegistry")
  if (address === undefined)
    throw new Error(
      "sharedRegistry() needs testkit/src/registry/global-setup.ts among globalSetup of the vitest configuration",
    )
  return (await askFor(address, "the schema registry")) as { url: string }
}
