import { type Attack, refusedFor } from "../attack.ts"
import { makerOf } from "./maker.ts"

/** Needs a world whose bundle asks for a log (`firmwareLogs`). */
export const releaseUnlogged: Attack = {
  name: "release-unlogged",
  title: "Whoever has the maker's key lists a firmware that its log does not show",
  category: "firmware",
  expect: refusedFor("control.firmware_unlogged"),
  *inject(scene) {
    const { world } = scene
    yield scene.knowledge("reference-values", world.signReferences(world.firmware(), makerOf(scene)))
  },
}
