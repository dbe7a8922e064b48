/** Random numbers of the simulation, all from one seeded source. */
import type { Random } from "@assay/fleet"

/** Above, a normal distribution is as good for counts. */
const MANY = 60

/** How many of independent arrivals come where `mean` are expected. */
export const poisson = (random: Random, mean: number): number => {
  if (mean <= 0) return 0
  if (mean > MANY) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()))
  const least = Math.exp(-mean)
  let count = 0
  for (let product = random.next(); product > least; product *= random.next()) count++
  return count
}

/** Until the next of independent arrivals; for ever where none come. */
export const exponential = (random: Random, perSecond: number): number =>
  perSecond > 0 ? -Math.log(1 - random.next()) / perSecond : Number.POSITIVE_INFINITY

/** The first of `count` moments that are equally likely between two. */
export const firstOf = (random: Random, from: number, to: number, count: number): number =>
  from + (to - from) * (1 - (1 - random.next()) ** (1 / count))
