import { type Attack, refusedFor } from "../attack.ts"
import { owned, seqOf } from "./owned.ts"
import { claimBy, enrolmentOf, handedOver, voucherFor } from "./ownership.ts"

export const voucherForged: Attack = {
  name: "voucher-forged",
  title: "A voucher of a maker whom nobody knows, or handed over by somebody whose device it is not",
  category: "control",
  expect: refusedFor("control.voucher_refused"),
  *inject(scene) {
    const { world } = scene
    const { device, identity, voucher, operators } = owned(scene)
    const [owner, second] = operators
    const claim = (seq: number, by: typeof owner, chain: ReadonlyArray<string>) =>
      scene.control(
        device.did,
        ...claimBy(world, by, seq, device.did, {
          voucher: chain,
          enrolment: enrolmentOf(world, chain, identity, identity),
        }),
      )
    yield claim(seqOf(scene, 0), owner, voucherFor(world, identity, owner, world.rogueIssuer))
    yield claim(seqOf(scene, 1), owner, handedOver(world, voucher, identity, scene.stranger("thief"), owner))
    // An operator whose device it is not.
    yield claim(seqOf(scene, 0), second, voucher)
    // A chain from which the middle was taken.
    const chain = handedOver(world, handedOver(world, voucher, identity, owner, second), identity, second, owner)
    yield claim(seqOf(scene, 2), owner, [chain[0]!, chain[2]!])
  },
}
