import { type Attack, quarantinedBy } from "../../attack.ts"

export const twoStories: Attack = {
  name: "two-stories",
  title: "A gateway signs two different messages on one place of a device's sequence",
  category: "delegation",
  expect: quarantinedBy("identity", "identity.equivocation", "identity.clone_evidence"),
  *inject(scene) {
    const gateway = scene.device("gateway")
    const meter = scene.world.delegate(gateway, "meter-1")
    yield* scene.learnGateway(gateway, [meter])
    const copy = meter.copy()
    copy.wander(5)
    yield scene.lead(meter, meter.message())
    yield scene.attempt(copy.id, copy.message())
  },
}
