import { type Attack, quarantinedBy } from "../../attack.ts"

export const undeclaredName: Attack = {
  name: "undeclared-name",
  title: "A gateway speaks for a device that its delegation does not name",
  category: "delegation",
  expect: quarantinedBy("credential", "credential.delegation_undeclared"),
  *inject(scene) {
    const gateway = scene.device("gateway")
    const meter = scene.world.delegate(gateway, "meter-1")
    const unnamed = scene.world.delegate(gateway, "meter-2")
    yield* scene.learnGateway(gateway, [meter])
    for (let i = 0; i < 3; i++) yield scene.attempt(unnamed.id, unnamed.message())
  },
}
