/** A node, a broker, an adapter and devices; faults one after the other; then what the record says. */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { World } from "@assay/fleet"
import { freePorts } from "@assay/infra/kafka"
import type { MosquittoServer } from "@assay/infra/mosquitto"
import { cuttable } from "../carrier/cut.ts"
import { CUTS, type CutSite, KILLS, playRounds, type Round, SET_CLOCK } from "../carrier/rounds.ts"
import { bringUp, startNode, stopBoth } from "../carrier/site.ts"
import { nowSeconds } from "../now.ts"
import { type Checked, checkRecord } from "./check.ts"
import { type Sent, startDevices } from "./devices.ts"
import { adapterSettings, startBroker } from "./site.ts"

export const FAULTS = [
  "broker-restart",
  "adapter-killed",
  "node-killed",
  "network-cut",
  "node-cut",
  "clock-jump",
] as const
export type Fault = (typeof FAULTS)[number]

export interface RunOptions {
  readonly dir: string
  readonly rounds: number
  readonly devices: number
  readonly seed: string
  readonly progress: (line: string) => void
}

export interface RunReport {
  readonly rounds: ReadonlyArray<Round<Fault>>
  readonly checked: Checked
}

const READY_MS = 90_000
const SETTLE_MS = 120_000
const BETWEEN_MS = 1_500
const PACE_MS = 100

interface Site extends CutSite {
  readonly broker: MosquittoServer
}

const inflict: Readonly<Record<Fault, (site: Site) => Promise<void>>> = {
  "broker-restart": async ({ broker }) => {
    await broker.stop()
    await broker.start()
  },
  ...KILLS,
  ...CUTS,
}

/** Resolves when the adapter has nothing under way and every message sent is decided. */
const settled = async (dir: string, sent: ReadonlyArray<Sent>): Promise<Checked> => {
  const deadline = performance.now() + SETTLE_MS
  for (;;) {
    const checked = await checkRecord(dir, sent)
    if (checked.decided === checked.sent || performance.now() > deadline) return checked
    await sleep(500)
  }
}

const startSite = async (dir: string, world: World): Promise<Site> => {
  const nodePort = await freePorts(3)
  const [adapterPort, brokerPort] = [nodePort + 1, nodePort + 2]
  const broker = await startBroker(join(dir, "mosquitto"), brokerPort)
  const network = await cuttable(brokerPort)
  const { node, data, ends, start } = startNode(dir, world, nodePort)
  const toNode = await cuttable(nodePort)
  const way = ["--url", `http://127.0.0.1:${toNode.port}`, "--port", String(adapterPort)]
  const adapter = start("adapter", adapterPort, ["ingress", "mqtt", ...way], {
    ...SET_CLOCK,
    ...adapterSettings(`mqtt://127.0.0.1:${network.port}`),
  })
  return { node, adapter, data, broker, network: [network], toNode, ends }
}

const stopSite = async (site: Site): Promise<void> => {
  const { broker, network, toNode } = site
  await stopBoth(site)
  for (const one of [...network, toNode]) await one.close()
  await broker.stop()
}

export const runFaults = async ({ dir, rounds, devices, seed, progress }: RunOptions): Promise<RunReport> => {
  mkdirSync(dir, { recursive: true })
  const world = new World({ seed, now: nowSeconds() })
  const site = await startSite(dir, world)
  let played: RunReport["rounds"]
  let checked: Checked
  try {
    await bringUp(site, world, READY_MS)
    const publishing = await startDevices(site.broker.url, world, devices, PACE_MS)
    const times = { betweenMs: BETWEEN_MS, readyMs: READY_MS }
    played = await playRounds({ site, faults: FAULTS, inflict, rounds, ...times, progress })
    await publishing.stop()
    checked = await settled(site.data, publishing.sent)
  } finally {
    await stopSite(site)
  }
  return { rounds: played, checked: { ...checked, findings: [...checked.findings, ...site.ends] } }
}
