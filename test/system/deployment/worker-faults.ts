/** identity-resolver with faults that a test asks for. It is loaded by threads, so the test asks by files. */
import { existsSync, rmSync } from "node:fs"
import { SERVICES } from "@assay/cli/services"
import type { ServiceDefinition } from "@assay/node"

/** Makes the next message meet the fault: a file of this name in the directory of ASSAY_TEST_FAULTS. */
export type Fault = "dies" | "dies-in-commit" | "hangs"

const meets = (fault: Fault): boolean => {
  const file = `${process.env["ASSAY_TEST_FAULTS"]}/${fault}`
  if (!existsSync(file)) return false
  rmSync(file, { force: true })
  return true
}

/** Of the runner: what is prepared at a time while a commit is under way. */
const CHUNK_AHEAD = 8

/** Dies as a thread dies of a fault that no code of ours catches. */
const die = (): void => {
  setImmediate(() => {
    throw new Error("a fault of the test")
  })
}

const hang = (): never => {
  for (;;) Math.random()
}

const identityResolver = SERVICES.find(({ name }) => name === "identity-resolver")!

export const faulty: ServiceDefinition = {
  ...identityResolver,
  module: import.meta.url,
  stage: (ports) => {
    const stage = identityResolver.stage(ports)
    return {
      ...stage,
      prepare: async (messages) => {
        if (meets("dies")) die()
        // So few are prepared at a time only while a commit is under way.
        if (messages.length === CHUNK_AHEAD && meets("dies-in-commit")) die()
        if (meets("hangs")) hang()
        return stage.prepare!(messages)
      },
    }
  },
}
