/** Devices speak through a CSE while CSE, adapter, node, networks and a clock fail, one after the other; then what the record says of every message. */
import { World } from "@assay/fleet"
import { digestOf } from "../carrier/attack.ts"
import { type CarrierReport, honestOf, wrongsOf } from "../carrier/report.ts"
import { CUTS, KILLS, playRounds, type Round, SET_CLOCK } from "../carrier/rounds.ts"
import { decided, settled } from "../carrier/settled.ts"
import { nowSeconds } from "../now.ts"
import { type Site, startSite } from "./site.ts"
import { bindings, register, type Talking, talk } from "./talk.ts"

export const FAULTS = ["cse-restart", "adapter-killed", "node-killed", "network-cut", "node-cut", "clock-jump"] as const
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
  /**
   * Acknowledged by the CSE, undecided, and not handed out by it: nobody can read them but the CSE. One that ends while it makes an
   * instance can leave one without its times, which it then fails to retrieve.
   */
  readonly lostByCse: number
  readonly findings: ReadonlyArray<string>
}

const READY_MS = 120_000
const SETTLE_MS = 120_000
const BETWEEN_MS = 2_000
/** Slower than ACME can take it, also when it has thousands of instances: what waits before the CSE is no fault of it. */
const PACE_MS = 1_000

const inflict: Readonly<Record<Fault, (site: Site) => Promise<void>>> = {
  // As its operator does: it saves what it has.
  "cse-restart": async ({ cse }) => {
    await cse.stop()
    await cse.start()
  },
  ...KILLS,
  ...CUTS,
}

const handedOut = async (talkers: Awaited<ReturnType<typeof register>>): Promise<ReadonlySet<string>> => {
  const all = new Set<string>()
  for (const { ae } of talkers) for (const text of await ae.contents()) all.add(text)
  return all
}

export const runCseFaults = async (options: FaultOptions): Promise<FaultReport> => {
  const { dir, rounds, devices, seed, progress } = options
  const world = new World({ seed, now: nowSeconds(), ratePerMinute: 6_000 })
  const site = await startSite({ dir, world, devices: bindings(world, devices), env: SET_CLOCK, isCuttable: true })
  let played: FaultReport["rounds"]
  let honest: CarrierReport["honest"]
  let lostByCse = 0
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
    const decisions = await settled(site.data, sent, SETTLE_MS)
    const undecided = sent.filter((bytes) => !decisions.has(digestOf(bytes)))
    const kept = undecided.length === 0 ? new Set() : await handedOut(talkers)
    const forgotten = new Set(undecided.filter((bytes) => !kept.has(Buffer.from(bytes).toString())))
    lostByCse = forgotten.size
    honest = honestOf(
      sent.filter((bytes) => !forgotten.has(bytes)),
      decisions,
    )
  } finally {
    talking?.abandon()
    await site.stop()
  }
  return { rounds: played, honest, lostByCse, findings: [...site.ends, ...wrongsOf(honest)] }
}
