/** A service whose sealer does what the first of its keys says: threads of a test load it. */
import { ConfigurationError } from "@assay/settings"
import type { Sealing, ServiceDefinition } from "../../src/service.ts"

export type Does = "refuses" | "writes" | "gives-up" | "dies" | "dies-at-stop" | "hangs"

const die = (): void => {
  setImmediate(() => {
    throw new Error("a fault of the test")
  })
}

const hang = (): never => {
  for (;;) Math.random()
}

const GROUP = "sealer of the test"

export const sealingService: ServiceDefinition = {
  name: "integrity-hasher",
  module: import.meta.url,
  stage: () => {
    throw new Error("nothing is judged here")
  },
  roles: [],
  settings: [],
  sealer: {
    roles: [],
    start: async (log, _, onProblem, __, [does]): Promise<Sealing> => {
      if (does === "refuses") throw new ConfigurationError("nothing can be sealed like that")
      const commit = { group: GROUP, stream: "in", from: 0, next: 0, outputs: [] }
      if (does === "writes") await log.commit(0, commit).catch(onProblem)
      if (does === "dies") die()
      if (does === "hangs") hang()
      return {
        settled: async () => {
          if (does === "gives-up") throw new Error("a person must look")
        },
        stop: () => {
          if (does !== "dies-at-stop") return Promise.resolve()
          die()
          return new Promise(() => undefined)
        },
        alarm: () => (does === "gives-up" ? "a person must look" : null),
        seals: () => [{ partition: 0, unsealedAgeMs: 0, leaves: 7, stopped: false }],
      }
    },
  },
}
