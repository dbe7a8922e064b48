import { type Attack, refusedFor } from "../attack.ts"
import { owned, seqOf } from "./owned.ts"
import { claimBy, enrolmentOf } from "./ownership.ts"

export const claimReplayed: Attack = {
  name: "claim-replayed",
  title: "A claim is handed in again, as it was and signed anew",
  category: "control",
  expect: refusedFor("control.replayed", "control.life_refused"),
  *inject(scene) {
    const { world } = scene
    const { device, identity, voucher, operators } = owned(scene)
    const opening = { voucher, enrolment: enrolmentOf(world, voucher, identity, identity) }
    const elements = claimBy(world, operators[0], seqOf(scene, 0), device.did, opening)
    yield scene.order(device.did, ...elements)
    yield scene.control(device.did, ...elements)
    yield scene.control(device.did, ...claimBy(world, operators[0], seqOf(scene, 1), device.did, opening))
  },
}
