import { type Attack, quarantinedBy } from "../attack.ts"

const AFTERWARDS = quarantinedBy("identity", "identity.equivocation", "identity.clone_evidence", "identity.contested")

/** Both copies sign for the same positions, or the copy has booted and the original speaks on in the old epoch. */
export const clone: Attack = {
  name: "clone",
  title: "Two copies of a device count on with the same key",
  category: "clone",
  expect: quarantinedBy("identity", "identity.clone_evidence", "identity.equivocation"),
  *inject(scene) {
    const original = scene.device()
    yield* scene.learn(original)
    const copy = original.copy()
    copy.wander(4)
    original.wander(8)
    if (scene.instance % 2 === 0) copy.reboot()
    // Nobody can tell a first word of the copy from one of the original.
    yield scene.lead(original, copy.message())
    yield scene.lead(original, copy.message())
    yield scene.attempt(original.did, original.message())
    original.wander(4)
    // The fork is proven; what follows it links to nothing that counts.
    yield scene.attempt(original.did, original.message(), AFTERWARDS)
  },
}
