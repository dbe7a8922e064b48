import { type Attack, refusedFor } from "../attack.ts"
import { living, owned, seqOf } from "./owned.ts"
import { claimBy, enrolmentOf, handedOver, lifeBy } from "./ownership.ts"

export const commandAfterTransfer: Attack = {
  name: "command-after-transfer",
  title: "The owner before orders a device that it has handed over, or claims it again",
  category: "control",
  expect: refusedFor("control.life_refused", "control.voucher_refused", "anomaly.device_revoked"),
  *inject(scene) {
    const { world } = scene
    const one = owned(scene)
    const { device, identity, voucher, operators } = one
    const [owner, next] = operators
    yield* living(scene, one)
    yield scene.order(device.did, ...lifeBy(world, operators, "transfer", device.did, seqOf(scene, 2)))
    for (const [nth, verb] of (["suspend", "resume", "attest", "transfer"] as const).entries())
      yield scene.control(device.did, ...lifeBy(world, operators, verb, device.did, seqOf(scene, 3 + nth)))
    const opening = { voucher, enrolment: enrolmentOf(world, voucher, identity, identity) }
    yield scene.control(device.did, ...claimBy(world, owner, seqOf(scene, 7), device.did, opening))
    // The next owner has it under a new key. The voucher of before does not fit what the device signs now.
    const fresh = scene.stranger("key of the next owner")
    const handed = handedOver(world, voucher, identity, owner, next)
    const enrolment = enrolmentOf(world, handed, identity, fresh)
    yield scene.control(fresh.did, ...claimBy(world, owner, seqOf(scene, 8), fresh.did, { voucher, enrolment }))
    yield scene.control(fresh.did, ...claimBy(world, owner, seqOf(scene, 9), fresh.did, { voucher: handed, enrolment }))
    yield scene.order(fresh.did, ...claimBy(world, next, seqOf(scene, 8), fresh.did, { voucher: handed, enrolment }))
  },
}
