/** Faults of a carrier and of what stands behind it, one after the other. */
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { type Output, table } from "@assay/cli/output"
import type { Cut } from "./cut.ts"
import { type CarrierSite, untilReady } from "./site.ts"

export interface Round<Fault extends string> {
  readonly fault: Fault
  /** From the fault until adapter and node are ready again. */
  readonly recoveredMs: number
}

export interface Rounds<Fault extends string, Site> {
  readonly site: Site
  readonly faults: ReadonlyArray<Fault>
  readonly inflict: Readonly<Record<Fault, (site: Site) => Promise<void>>>
  readonly rounds: number
  /** Between two faults. */
  readonly betweenMs: number
  readonly readyMs: number
  readonly progress: (line: string) => void
}

/** Kill -9 of either, which is then started again: the same on every carrier. */
export const KILLS = {
  "adapter-killed": async ({ adapter }: Pick<CarrierSite, "adapter">): Promise<void> => {
    await adapter.kill()
    adapter.start()
  },
  "node-killed": async ({ node }: Pick<CarrierSite, "node">): Promise<void> => {
    await node.kill()
    node.start()
  },
}

export interface CutSite extends CarrierSite {
  /** Between the adapter and its carrier, each direction that has connections of its own. */
  readonly network: ReadonlyArray<Cut>
  /** Between the adapter and the node. */
  readonly toNode: Cut
}

const CUT_MS = 2_000

const cutAndMend = async (cuts: ReadonlyArray<Cut>): Promise<void> => {
  for (const one of cuts) one.cut()
  await sleep(CUT_MS)
  for (const one of cuts) one.mend()
}

/** Networks that are cut, and a clock that is set, for two seconds: the same on every carrier. */
export const CUTS = {
  "network-cut": ({ network }: Pick<CutSite, "network">): Promise<void> => cutAndMend(network),
  "node-cut": ({ toNode }: Pick<CutSite, "toNode">): Promise<void> => cutAndMend([toNode]),
  // Ahead, and back again.
  "clock-jump": async ({ adapter }: Pick<CarrierSite, "adapter">): Promise<void> => {
    adapter.signal("SIGUSR2")
    await sleep(CUT_MS)
    adapter.signal("SIGUSR2")
  },
}

/** For the environment of an adapter whose clock is set: see clock.ts. */
export const SET_CLOCK = { NODE_OPTIONS: `--import=${fileURLToPath(new URL("clock.ts", import.meta.url))}` }

/** The faults in turn. @throws Error where adapter or node is not ready in time after one */
export const playRounds = async <Fault extends string, Site extends Pick<CarrierSite, "node" | "adapter">>(
  wanted: Rounds<Fault, Site>,
): Promise<ReadonlyArray<Round<Fault>>> => {
  const { site, faults, inflict, rounds, betweenMs, readyMs, progress } = wanted
  const played: Array<Round<Fault>> = []
  for (let round = 0; round < rounds; round++) {
    const fault = faults[round % faults.length]!
    await sleep(betweenMs)
    const from = performance.now()
    await inflict[fault](site)
    await untilReady(site, readyMs)
    const recoveredMs = Math.round(performance.now() - from)
    played.push({ fault, recoveredMs })
    progress(`round ${round + 1} of ${rounds}: ${fault}, ready again after ${recoveredMs} ms`)
  }
  return played
}

/** How often each fault was, and the longest time until all was ready again. */
export const showRounds = <Fault extends string>(
  faults: ReadonlyArray<Fault>,
  rounds: ReadonlyArray<Round<Fault>>,
  output: Output,
): void => {
  const rows = faults.map((fault) => {
    const times = rounds.filter((one) => one.fault === fault).map(({ recoveredMs }) => recoveredMs)
    return [fault, String(times.length), String(Math.max(0, ...times))]
  })
  output.say(table(["fault", "times", "longest ms until ready"], rows, [1, 2]))
}
