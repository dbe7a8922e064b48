import { type Attack, refusedFor } from "../attack.ts"
import { claimed, owned, seqOf } from "./owned.ts"
import { claimBy, enrolmentOf } from "./ownership.ts"

export const voucherOfAnother: Attack = {
  name: "voucher-of-another",
  title: "A device is claimed by the voucher of another one",
  category: "control",
  expect: refusedFor("control.voucher_refused"),
  *inject(scene) {
    const [mine, other] = [owned(scene, "mine"), owned(scene, "other")]
    const { world } = scene
    const claim = (seq: number, target: string, voucher: ReadonlyArray<string>, enrolment: ReadonlyArray<string>) =>
      scene.control(target, ...claimBy(world, mine.operators[0], seq, target, { voucher, enrolment }))
    // The device signs, and its signature is for no voucher of another one.
    const own = enrolmentOf(world, mine.voucher, mine.identity, mine.identity)
    yield claim(seqOf(scene, 0), mine.device.did, other.voucher, own)
    const forIt = enrolmentOf(world, other.voucher, mine.identity, mine.identity)
    yield claim(seqOf(scene, 1), mine.device.did, other.voucher, forIt)
    // The right voucher, and only the new key signs.
    const stranger = scene.stranger("new key")
    const halves = enrolmentOf(world, mine.voucher, mine.identity, stranger)
    yield claim(seqOf(scene, 2), stranger.did, mine.voucher, halves.slice(1))
    yield claim(seqOf(scene, 3), stranger.did, mine.voucher, halves.slice(0, 1))
    yield claimed(scene, mine, seqOf(scene, 4))
  },
}
