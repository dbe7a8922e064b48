/** The same simulation at rates that were measured with real processes (`npm run bench:kafka`): cores and latency beside theirs. */
import { readFileSync } from "node:fs"
import type { Measured, Topology } from "@assay/cli/capacity"
import { UsageError } from "@assay/cli/command"
import { randomOf } from "@assay/fleet"
import type { RateResult } from "../bench/knee.ts"
import type { Compared } from "./closed-forms.ts"
import { Durations } from "./histogram.ts"
import { Partitions } from "./partitions.ts"
import { modelOf } from "./sizing.ts"

export interface Sweeps {
  readonly shape: { readonly devices: number; readonly partitions: number }
  readonly results: ReadonlyArray<{
    readonly topology: Topology
    readonly sweep: { readonly rates: ReadonlyArray<RateResult>; readonly knee: number | null } | null
  }>
}

/** @throws UsageError */
export const readSweeps = (file: string): Sweeps => {
  try {
    const found = JSON.parse(readFileSync(file, "utf8")) as Sweeps
    if (Array.isArray(found.results) && found.shape.partitions > 0) return found
  } catch (cause) {
    throw new UsageError(`${file} cannot be read as JSON: ${(cause as Error).message}`)
  }
  throw new UsageError(`${file} has no sweeps: write it with npm run bench:kafka -- --out DIR`)
}

const SECONDS = 60
/** Above this share of the knee queues are full, and how full follows from what else the machine did. */
const OF_KNEE = 0.6

/** @param commitSeconds of an otherwise idle broker on the same machine */
export const smallRuns = (
  sweeps: Sweeps,
  measured: Measured,
  commitSeconds: number,
  seed: string,
): ReadonlyArray<Compared> =>
  sweeps.results.flatMap(({ topology, sweep }) =>
    (sweep?.rates ?? [])
      .filter(({ offered, finished }) => finished && offered <= OF_KNEE * (sweep!.knee ?? 0))
      .flatMap((run, nth) => {
        const { services } = measured[topology]
        const { partitions: count } = sweeps.shape
        const latency = new Durations()
        const partitions = new Partitions({
          ...{
            model: modelOf(measured[topology], commitSeconds),
            count,
            random: randomOf(`${seed} ${topology} ${nth}`),
          },
          onDecided: (_, taken, at) => {
            for (const { from, to, count: messages } of taken) latency.add(at - (from + to) / 2, messages)
          },
        })
        partitions.setRate(run.offered / count + 1)
        partitions.run(SECONDS)
        const { broker: _, ...own } = run.cores
        const cores = Object.values(own).reduce<number>((sum, one) => sum + (one ?? 0), 0)
        const idle = Object.values(services).reduce((sum, one) => sum + one.idle, 0) / 1e6
        const name = `${topology}, ${Math.round(run.offered)}/s`
        return [
          { what: `${name}: cores of services`, unit: "", theory: cores, simulated: partitions.cpu / SECONDS + idle },
          { what: `${name}: p50`, unit: "ms", theory: run.p50, simulated: 1e3 * latency.percentile(0.5) },
        ]
      }),
  )
