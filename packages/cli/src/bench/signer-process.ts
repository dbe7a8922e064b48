/** The devices of a bench, in a process of their own: they sign what they are asked for. See `signer.ts`. */
import { benchFleet, type Prepared } from "./fleet.ts"
import { pack } from "./packed.ts"
import type { Question, SignerPlan } from "./signer.ts"

const { devices, partitions, seed, speakers, now } = JSON.parse(process.argv[2]!) as SignerPlan
const fleet = benchFleet(devices, partitions, seed, speakers, now)
const presentations = fleet.presentations()[Symbol.iterator]()

const introduced = (count: number): ReadonlyArray<Prepared> => {
  const made: Array<Prepared> = []
  while (made.length < count) {
    const { done, value } = presentations.next()
    if (done === true) break
    made.push(value)
  }
  return made
}

process.on("message", ({ kind, count }: Question) =>
  process.send!(pack(kind === "presentations" ? introduced(count) : fleet.next(count))),
)
