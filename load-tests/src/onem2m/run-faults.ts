/** Devices speak through a CSE while CSE, adapter and node fail, one after the other; then what the record says of every message. */
import { World } from "@assay/fleet"
import { type CarrierReport, honestOf, wrongsOf } from "../carrier/report.ts"
import { KILLS, playRounds, type Round } from "../carrier/rounds.ts"
import { decided, settled } from "../carrier/settled.ts"
import { nowSeconds } from "../now.ts"
import { type Site, startSite } from "./site.ts"
import { bindings, register, type Talking, talk } from "./talk.ts"

export const FAULTS = ["cse-restart", "adapter-killed", "node-killed"] as const
export type Fault = (typeof FAULTS)[number]

export interface FaultOptions {
  readonly dir: string
  readonly rounds: number
  readonly devices: number
  readonly seed: string
  readonly progress: (line: string) => void
}

export interface FaultReport {
  readonly rounds: ReadonlyArray<Round<Fault>>
  readonly honest: CarrierReport["honest"]
  readonly findings: ReadonlyArray<string>
}

const READY_MS = 120_000
const SETTLE_MS = 120_000
const BETWEEN_MS = 2_000
const PACE_MS = 150

const inflict: Readonly<Record<Fault, (site: Site) => Promise<void>>> = {
  // As its operator does: it saves what it has.
  "cse-restart": async ({ cse }) => {
    await cse.stop()
    await cse.start()
  },
  ...KILLS,
}

export const runCseFaults = async (options: FaultOptions): Promise<FaultReport> => {
  const { dir, rounds, devices, seed, progress } = options
  const world = new World({ seed, now: nowSeconds(), ratePerMinute: 6_000 })
  const site = await startSite({ dir, world, devices: bindings(world, devices) })
  let played: FaultReport["rounds"]
  let honest: CarrierReport["honest"]
  let talking: Talking | null = null
  try {
    const talkers = await register(site.cse.url, world, devices)
    const presented = talkers.map(({ presentation }) => presentation)
    await decided(site.data, presented, SETTLE_MS)
    talking = talk(talkers, PACE_MS)
    const times = { betweenMs: BETWEEN_MS, readyMs: READY_MS }
    played = await playRounds({ site, faults: FAULTS, inflict, rounds, ...times, progress })
    const sent = [...presented, ...(await talking.stop())]
    progress(`${sent.length} messages are in the CSE ...`)
    honest = honestOf(sent, await settled(site.data, sent, SETTLE_MS))
  } finally {
    talking?.abandon()
    await site.stop()
  }
  return { rounds: played, honest, findings: [...site.ends, ...wrongsOf(honest)] }
}
