/** Valid things of every kind, made from one seed: what the mutations start from. */
import { World } from "@assay/fleet"

/** 2025-10-09T08:53:20Z. */
export const NOW = 1_760_000_000

export const world = new World({ seed: "fuzz", now: NOW })
/** One device for each kind of key and of DID. */
export const devices = [0, 1, 2, 3].map((ordinal) => world.device(`fuzz ${ordinal}`, { ordinal }))
