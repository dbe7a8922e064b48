import { DELEGATION } from "@assay/knowledge"
import { type Attack, quarantinedBy, refusedFor } from "../../attack.ts"

const MINUTE_MS = 60_000

export const expiredDelegation: Attack = {
  name: "expired-delegation",
  title: "A gateway hands in a delegation that has expired, and speaks by it",
  category: "delegation",
  expect: refusedFor("control.knowledge_expired"),
  *inject(scene) {
    const gateway = scene.device("gateway")
    const meter = scene.world.delegate(gateway, "meter-1")
    yield* scene.learn(gateway)
    const expires = scene.world.now * 1000 - MINUTE_MS
    yield scene.knowledge(DELEGATION.name, scene.world.delegation(gateway, { names: ["meter-1"], expires }))
    for (let i = 0; i < 3; i++)
      yield scene.attempt(meter.id, meter.message(), quarantinedBy("credential", "credential.delegation_missing"))
    yield* scene.staysTrusted(gateway)
  },
}
