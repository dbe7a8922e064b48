/** A service that judges nothing, and ends its thread when a test asks for that by a file: threads of a test load it. */
import { existsSync, rmSync } from "node:fs"
import { type AnyStage, NO_EFFECTS } from "@assay/trust"
import { deviceOf } from "@assay/trust/kit"
import type { ServiceDefinition } from "../../src/service.ts"

/** Which file, in the environment. */
export const DIES = "ASSAY_TEST_DIES"

const LOOK_MS = 5

const dieWhenAsked = (): void => {
  const file = process.env[DIES]!
  setInterval(() => {
    if (!existsSync(file)) return
    rmSync(file)
    throw new Error("a fault of the test")
  }, LOOK_MS).unref()
}

const stage: AnyStage = {
  name: "credential",
  strangers: { maximum: 1 },
  beforeBundle: true,
  state: { sizeOf: () => 0, write: () => undefined, decode: () => null },
  subject: deviceOf,
  logic: new Map([
    [
      1,
      {
        judge: () => {
          throw new Error("nothing is judged here")
        },
        apply: () => NO_EFFECTS,
      },
    ],
  ]),
}

export const judgingService: ServiceDefinition = {
  name: "credential-checker",
  module: import.meta.url,
  stage: () => {
    dieWhenAsked()
    return stage
  },
  roles: [],
  settings: [],
}
