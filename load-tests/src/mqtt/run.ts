/** A node, a broker, an adapter and devices; faults one after the other; then what the record says. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { World } from "@assay/fleet"
import { freePorts } from "@assay/infra/kafka"
import { ADAPTER, type MosquittoServer, startMosquitto } from "@assay/infra/mosquitto"
import { parseReceiptTopic, parseTemplates } from "@assay/ingress/mqtt"
import { HTTP, MQTT } from "@assay/settings"
import { activate } from "../carrier/activate.ts"
import { instancesIn } from "../carrier/instances.ts"
import type { Instance } from "../cluster/instance.ts"
import { type Checked, checkRecord } from "./check.ts"
import { type Cut, cuttable } from "./cut.ts"
import { type Sent, startDevices } from "./devices.ts"

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

export interface Round {
  readonly fault: Fault
  /** From the fault until the adapter and the node are ready again. */
  readonly recoveredMs: number
}

export interface RunReport {
  readonly rounds: ReadonlyArray<Round>
  readonly checked: Checked
}

const READY_MS = 90_000
const SETTLE_MS = 120_000
const BETWEEN_MS = 1_500
const CUT_MS = 2_000
const PACE_MS = 100
const CLOCK = fileURLToPath(new URL("clock.ts", import.meta.url))

interface Site {
  readonly node: Instance
  readonly adapter: Instance
  readonly broker: MosquittoServer
  /** Between the adapter and the broker; and between the adapter and the node. */
  readonly network: Cut
  readonly toNode: Cut
  /** Processes that ended though nobody asked them to, or that had to be killed at the end. */
  readonly ends: Array<string>
}

const cutAndMend = async (cut: Cut): Promise<void> => {
  cut.cut()
  await sleep(CUT_MS)
  cut.mend()
}

const inflict: Readonly<Record<Fault, (site: Site) => Promise<void>>> = {
  "broker-restart": async ({ broker }) => {
    await broker.stop()
    await broker.start()
  },
  "adapter-killed": async ({ adapter }) => {
    await adapter.kill()
    adapter.start()
  },
  "node-killed": async ({ node }) => {
    await node.kill()
    node.start()
  },
  "network-cut": ({ network }) => cutAndMend(network),
  "node-cut": ({ toNode }) => cutAndMend(toNode),
  // Ahead, and back again.
  "clock-jump": async ({ adapter }) => {
    adapter.signal("SIGUSR2")
    await sleep(CUT_MS)
    adapter.signal("SIGUSR2")
  },
}

const untilReady = async ({ node, adapter }: Site): Promise<void> => {
  await node.untilReady(READY_MS)
  await adapter.untilReady(READY_MS)
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

const startSite = async (dir: string, data: string, world: World): Promise<Site> => {
  const nodePort = await freePorts(3)
  const [adapterPort, brokerPort] = [nodePort + 1, nodePort + 2]
  const roots = join(dir, "pinned.json")
  writeFileSync(roots, JSON.stringify(world.rootSet))
  const broker = await startMosquitto({
    dir: join(dir, "mosquitto"),
    port: brokerPort,
    templates: parseTemplates(MQTT.topics.key, MQTT.topics.fallback),
    receipts: parseReceiptTopic(MQTT.receipts.key, MQTT.receipts.fallback),
  })
  const network = await cuttable(brokerPort)
  const ends: Array<string> = []
  const start = instancesIn(dir, ends)
  const node = start("node", nodePort, ["run", "--data", data, "--roots", roots], {
    [HTTP.httpPort.key]: String(nodePort),
  })
  const toNode = await cuttable(nodePort)
  const way = ["--url", `http://127.0.0.1:${toNode.port}`, "--port", String(adapterPort)]
  const adapter = start("adapter", adapterPort, ["ingress", "mqtt", ...way], {
    NODE_OPTIONS: `--import=${CLOCK}`,
    [MQTT.url.key]: `mqtt://127.0.0.1:${network.port}`,
    [MQTT.username.key]: ADAPTER,
    [MQTT.clientId.key]: "adapter",
  })
  return { node, adapter, broker, network, toNode, ends }
}

const stopSite = async ({ node, adapter, broker, network, toNode, ends }: Site): Promise<void> => {
  for (const one of [adapter, node]) if (!(await one.stop())) ends.push(`the ${one.name} did not end by SIGTERM`)
  await network.close()
  await toNode.close()
  await broker.stop()
}

export const runFaults = async ({ dir, rounds, devices, seed, progress }: RunOptions): Promise<RunReport> => {
  mkdirSync(dir, { recursive: true })
  const data = join(dir, "data")
  const world = new World({ seed, now: Math.floor(Date.now() / 1000) })
  const site = await startSite(dir, data, world)
  const played: Array<Round> = []
  let checked: Checked
  try {
    await untilReady(site)
    await activate(site.node, world)
    const publishing = await startDevices(site.broker.url, world, devices, PACE_MS)
    for (let round = 0; round < rounds; round++) {
      const fault = FAULTS[round % FAULTS.length]!
      await sleep(BETWEEN_MS)
      const from = performance.now()
      await inflict[fault](site)
      await untilReady(site)
      played.push({ fault, recoveredMs: Math.round(performance.now() - from) })
      progress(`round ${round + 1} of ${rounds}: ${fault}, ready again after ${played.at(-1)!.recoveredMs} ms`)
    }
    await publishing.stop()
    checked = await settled(data, publishing.sent)
  } finally {
    await stopSite(site)
  }
  return { rounds: played, checked: { ...checked, findings: [...checked.findings, ...site.ends] } }
}
