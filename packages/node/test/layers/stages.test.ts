import { NODE } from "@assay/settings"
import { describe, expect, it } from "vitest"
import type { NodeEvent } from "../../src/events/event.ts"
import { sayBackend } from "../../src/layers/stages.ts"
import type { ServiceDefinition } from "../../src/service.ts"

const service = (settings: ServiceDefinition["settings"]) => ({ settings }) as ServiceDefinition
const verifying = [service([NODE.verifyBackend])]
const saidBy = (services: ReadonlyArray<ServiceDefinition>, chosen: ReadonlyArray<string | null>) => {
  const events: Array<NodeEvent> = []
  const say = sayBackend((event) => events.push(event), { services })
  for (const problem of chosen) say({ name: problem === null ? "sodium" : "node", problem })
  return events
}

describe("what a node says of the backend", () => {
  it("is said once, however many threads choose alike", () => {
    expect(saidBy(verifying, [null, null, null])).toEqual([
      { code: "verify.backend", message: "Ed25519 is verified by sodium", details: { backend: "sodium" } },
    ])
  })

  it("is a warning with its reason where libsodium cannot be used, also in one thread alone", () => {
    const problem = "sodium-native fails its check: valid"
    expect(saidBy(verifying, [null, problem]).map(({ code, cause }) => [code, cause])).toEqual([
      ["verify.backend", undefined],
      ["verify.fallback", problem],
    ])
  })

  it("is nothing where no stage verifies", () => {
    expect(saidBy([service([])], [null])).toEqual([])
  })
})
