import { type Attack, quarantinedBy } from "../../attack.ts"

export const deviceWithKey: Attack = {
  name: "device-with-key",
  title: "A gateway speaks for a device that has a key of its own, by its DID",
  category: "delegation",
  expect: quarantinedBy("credential", "credential.delegate_has_key"),
  victimStaysTrusted: true,
  *inject(scene) {
    const gateway = scene.device("gateway")
    const meter = scene.world.delegate(gateway, "meter-1")
    // A did:key is short enough for a name.
    const victim = scene.device("victim", { ordinal: scene.instance % 2 })
    yield* scene.learnGateway(gateway, [meter])
    yield* scene.learn(victim)
    const forged = scene.world.delegate(gateway, victim.did)
    for (let i = 0; i < 3; i++) yield scene.attempt(forged.id, forged.message())
    yield* scene.staysTrusted(victim)
  },
}
