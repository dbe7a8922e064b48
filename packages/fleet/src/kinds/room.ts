/** A plain room, for kinds that are about something else than their values. */
import type { Random } from "../random.ts"
import { daily, rounded, wanderer } from "./time.ts"

export const UNITS = { temperature: "Cel" } as const

/** What a room's thermometer shows from instant to instant, in tenths of a degree. */
export const roomOf = (random: Random): ((at: number) => { readonly temperature: number }) => {
  const drift = wanderer(random, 0.02, 0.05)
  return (at) => ({ temperature: rounded(21 + daily(at) + drift() + random.normal() * 0.05, 0.1) })
}
