/** Attacks on firmware that its maker lists: they need a world with `maker: true`. */
import type { Attack } from "../attack.ts"
import { advisoryForged } from "./advisory-forged.ts"
import { aheadOfWave } from "./ahead-of-wave.ts"
import { componentsHidden } from "./components-hidden.ts"
import { componentsMixed } from "./components-mixed.ts"
import { imageExchanged } from "./image-exchanged.ts"
import { referencesForged } from "./references-forged.ts"
import { referencesOlder } from "./references-older.ts"
import { releaseUnlogged } from "./release-unlogged.ts"
import { unsafeSlot } from "./unsafe-slot.ts"

/** In the order in which tables show them. */
export const RELEASE_ATTACKS: ReadonlyArray<Attack> = [
  componentsMixed,
  imageExchanged,
  componentsHidden,
  unsafeSlot,
  aheadOfWave,
  referencesForged,
  referencesOlder,
  advisoryForged,
]

/** They need a world with `firmwareLogs` too. */
export const LOG_ATTACKS: ReadonlyArray<Attack> = [releaseUnlogged]
