/** Devices speak through a CSE while CSE, adapter and node fail, one after the other; then what the record says of every message. */
import { setTimeout as sleep } from "node:timers/promises"
import { World } from "@assay/fleet"
import type { CarrierReport } from "../carrier/report.ts"
import { honestOf } from "../carrier/report.ts"
import { decided, settled } from "../carrier/settled.ts"
import { type Site, startSite } from "./site.ts"
import { bindings, nowSeconds, register, type Talking, talk } from "./talk.ts"

export const FAULTS = ["cse-restart", "adapter-killed", "node-killed"] as const
export type Fault = (typeof FAULTS)[number]

export interface FaultOptions {
  readonly dir: string
  readonly rounds: number
  readonly devices: number
  readonly seed: string
  readonly progress: (line: string) => void
}

export interface Round {
  readonly fault: Fault
  /** From the fault until CSE, adapter and node are ready again. */
  readonly recoveredMs: number
}

export interface FaultReport {
  readonly rounds: ReadonlyArray<Round>
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
  "adapter-killed": async ({ adapter }) => {
    await adapter.kill()
    adapter.start()
  },
  "node-killed": async ({ node }) => {
    await node.kill()
    node.start()
  },
}

const untilReady = async ({ node, adapter }: Site): Promise<void> => {
  await node.untilReady(READY_MS)
  await adapter.untilReady(READY_MS)
}

const findingsIn = (honest: CarrierReport["honest"], ends: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...ends,
  ...(honest.lost === 0 ? [] : [`${honest.lost} messages were lost`]),
  ...(honest.duplicated === 0 ? [] : [`${honest.duplicated} messages were decided more than once`]),
  ...(honest.wronged === 0 ? [] : [`${honest.wronged} messages were quarantined or rejected`]),
]

export const runCseFaults = async (options: FaultOptions): Promise<FaultReport> => {
  const { dir, rounds, devices, seed, progress } = options
  const world = new World({ seed, now: nowSeconds(), ratePerMinute: 6_000 })
  const site = await startSite({ dir, world, devices: bindings(world, devices) })
  const played: Array<Round> = []
  let honest: CarrierReport["honest"]
  let talking: Talking | null = null
  try {
    const talkers = await register(site.cse.url, world, devices)
    const presented = talkers.map(({ presentation }) => presentation)
    await decided(site.data, presented, SETTLE_MS)
    talking = talk(talkers, PACE_MS)
    for (let round = 0; round < rounds; round++) {
      const fault = FAULTS[round % FAULTS.length]!
      await sleep(BETWEEN_MS)
      const from = performance.now()
      await inflict[fault](site)
      await untilReady(site)
      played.push({ fault, recoveredMs: Math.round(performance.now() - from) })
      progress(`round ${round + 1} of ${rounds}: ${fault}, ready again after ${played.at(-1)!.recoveredMs} ms`)
    }
    const sent = [...presented, ...(await talking.stop())]
    progress(`${sent.length} messages are in the CSE ...`)
    honest = honestOf(sent, await settled(site.data, sent, SETTLE_MS))
  } finally {
    talking?.abandon()
    await site.stop()
  }
  return { rounds: played, honest, findings: findingsIn(honest, site.ends) }
}
