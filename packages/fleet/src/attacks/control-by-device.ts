import { type Attack, refusedFor } from "../attack.ts"

export const controlByDevice: Attack = {
  name: "control-by-device",
  title: "A device signs the command to release itself",
  category: "control",
  expect: refusedFor("control.not_operator"),
  *inject(scene) {
    const device = scene.device()
    yield* scene.learn(device)
    const command = scene.world.command(device.profile.identity, { verb: "release", target: device.did, seq: 1 })
    yield scene.control(device.did, command)
    yield* scene.staysTrusted(device)
  },
}
