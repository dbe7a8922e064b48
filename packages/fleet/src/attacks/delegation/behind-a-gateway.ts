import { type Attack, NOT_PUNISHED } from "../../attack.ts"

export const behindAGateway: Attack = {
  name: "behind-a-gateway",
  title: "Devices that cannot sign, as their gateway's delegation names them: nobody is to be punished",
  category: "delegation",
  expect: NOT_PUNISHED,
  mustNotPunish: true,
  victimStaysTrusted: true,
  *inject(scene) {
    const gateway = scene.device("gateway")
    const meters = ["meter-1", "urn:dev:mac:0024befffe804ff1"].map((name) => scene.world.delegate(gateway, name))
    yield* scene.learnGateway(gateway, meters)
    for (const meter of meters) yield scene.suspicious(meter, meter.message())
    for (const meter of meters) yield* scene.staysTrusted(meter)
  },
}
