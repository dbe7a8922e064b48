/** A device of a scene with its voucher, and the steps of an honest life. */
import type { Step } from "../attack.ts"
import type { Device } from "../device.ts"
import type { Identity } from "../keys.ts"
import type { Scene } from "../scene.ts"
import { claimBy, enrolmentOf, lifeBy, voucherFor } from "./ownership.ts"

export interface Owned {
  readonly device: Device
  /** The key that its maker gave it: the one that it speaks under. */
  readonly identity: Identity
  readonly voucher: ReadonlyArray<string>
  /** The first two operators of the world; the first one is its owner. */
  readonly operators: readonly [Identity, Identity]
}

export const owned = (scene: Scene, role = "device"): Owned => {
  const device = scene.device(role)
  const { identity } = device.profile
  const [owner, second] = scene.world.operators
  return { device, identity, voucher: voucherFor(scene.world, identity, owner!), operators: [owner!, second!] }
}

/** A number that no earlier command of the scene has used. */
export const seqOf = (scene: Scene, nth: number): number => 10_000 + scene.instance * 100 + nth

export const claimed = (scene: Scene, { device, identity, voucher, operators }: Owned, seq: number): Step => {
  const opening = { voucher, enrolment: enrolmentOf(scene.world, voucher, identity, identity) }
  return scene.order(device.did, ...claimBy(scene.world, operators[0], seq, device.did, opening))
}

/** Claimed, attested, and known by what it says. */
export function* living(scene: Scene, one: Owned): Iterable<Step> {
  const { device, operators } = one
  yield claimed(scene, one, seqOf(scene, 0))
  yield scene.order(device.did, ...lifeBy(scene.world, [operators[0]], "attest", device.did, seqOf(scene, 1)))
  yield scene.lead(device, device.presentation())
  for (let n = 0; n < scene.scale.learn; n++) yield scene.lead(device, device.message())
}
