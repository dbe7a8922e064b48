import { type Attack, quarantinedBy } from "../../attack.ts"

export const foreignDevice: Attack = {
  name: "foreign-device",
  title: "A gateway speaks for a device of another gateway",
  category: "delegation",
  expect: quarantinedBy("credential", "credential.delegation_undeclared"),
  victimStaysTrusted: true,
  *inject(scene) {
    const thief = scene.device("thief")
    const own = scene.world.delegate(thief, "meter-1")
    const gateway = scene.device("gateway")
    const victim = scene.world.delegate(gateway, "meter-9")
    yield* scene.learnGateway(thief, [own])
    yield* scene.learnGateway(gateway, [victim])
    const stolen = scene.world.delegate(thief, "meter-9")
    for (let i = 0; i < 3; i++) yield scene.attempt(stolen.id, stolen.message())
    yield* scene.staysTrusted(victim)
  },
}
