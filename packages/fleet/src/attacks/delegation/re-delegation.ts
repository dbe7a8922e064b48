import { DELEGATION } from "@assay/knowledge"
import { type Attack, quarantinedBy, refusedFor } from "../../attack.ts"

export const reDelegation: Attack = {
  name: "re-delegation",
  title: "A gateway signs a delegation of its own devices to another gateway",
  category: "delegation",
  expect: refusedFor("control.knowledge_unsigned"),
  victimStaysTrusted: true,
  *inject(scene) {
    const gateway = scene.device("gateway")
    const second = scene.device("second")
    const meter = scene.world.delegate(gateway, "meter-1")
    yield* scene.learnGateway(gateway, [meter])
    yield* scene.learn(second)
    const passedOn = scene.world.delegation(second, { names: ["meter-1"], signers: [gateway.profile.identity] })
    yield scene.knowledge(DELEGATION.name, passedOn)
    const taken = scene.world.delegate(second, "meter-1")
    for (let i = 0; i < 3; i++)
      yield scene.attempt(taken.id, taken.message(), quarantinedBy("credential", "credential.delegation_missing"))
    yield* scene.staysTrusted(meter)
  },
}
