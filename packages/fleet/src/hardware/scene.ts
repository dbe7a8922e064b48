/** Devices with hardware, for the scenes of attacks on it. */
import type { Step } from "../attack.ts"
import type { Scene } from "../scene.ts"
import { Prover } from "./prover.ts"
import type { HardwareServices } from "./services.ts"
import type { SoftTpm } from "./tpm.ts"

/** @throws Error where the world has no hardware: a mistake of the caller */
export const servicesOf = ({ world }: Scene): HardwareServices => {
  if (world.hardware === null) throw new Error("the world has no hardware: make it with `hardware: true`")
  return world.hardware
}

const tpmName = (scene: Scene, role: string): string => `${scene.attack.name}\0${scene.instance}\0${role}`

/** A TPM of this scene alone. */
export const tpmOf = (scene: Scene, role = "device"): SoftTpm => servicesOf(scene).tpm(tpmName(scene, role))

/** A device whose key lies in a TPM: P-256, as did:key. */
export const proverOf = (scene: Scene, role = "device", tpm = tpmOf(scene, role)): Prover =>
  new Prover(scene.device(role, { ordinal: 1 }), tpm, servicesOf(scene))

/** The device becomes known, and its hardware is appraised once. */
export function* attested(scene: Scene, prover: Prover): Iterable<Step> {
  yield* scene.learn(prover.device)
  yield scene.lead(prover.device, prover.evidence())
}
