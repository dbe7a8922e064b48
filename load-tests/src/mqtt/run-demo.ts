/** The demonstration on a real broker. */
import { appendFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { World } from "@assay/fleet"
import { freePorts } from "@assay/infra/kafka"
import type { MosquittoServer } from "@assay/infra/mosquitto"
import { HTTP } from "@assay/settings"
import { connectAsync, type MqttClient } from "mqtt"
import { demonstrate } from "../carrier/demonstrate.ts"
import type { DemoOptions } from "../carrier/program.ts"
import type { CarrierReport } from "../carrier/report.ts"
import { bringUp, type CarrierSite, startNode, stopBoth } from "../carrier/site.ts"
import { nowSeconds } from "../now.ts"
import { MQTT_DEMO_ATTACKS, type MqttTalker } from "./attacks.ts"
import { publish, topicOf } from "./devices.ts"
import { adapterSettings, startBroker } from "./site.ts"

const READY_MS = 90_000
const UNBOUND = "unbound"
const QUOTA = 10_000

interface Site extends CarrierSite {
  readonly broker: MosquittoServer
  stop(): Promise<void>
}

/** As production has it, but for one client that may publish anywhere: what an operator does who binds nobody. */
const startOpenBroker = async (dir: string, port: number): Promise<MosquittoServer> => {
  const broker = await startBroker(dir, port)
  appendFileSync(join(dir, "acl"), `\nuser ${UNBOUND}\ntopic write assay/#\n`)
  await broker.kill("SIGHUP") // it reads its ACL again
  return broker
}

const startSite = async (dir: string, world: World): Promise<Site> => {
  mkdirSync(dir, { recursive: true })
  const nodePort = await freePorts(3)
  const [adapterPort, brokerPort] = [nodePort + 1, nodePort + 2]
  const broker = await startOpenBroker(join(dir, "mosquitto"), brokerPort)
  const { node, data, ends, start } = startNode(dir, world, nodePort, { [HTTP.quotaPerSecond.key]: String(QUOTA) })
  const args = ["ingress", "mqtt", "--url", node.url, "--port", String(adapterPort)]
  const adapter = start("adapter", adapterPort, args, adapterSettings(broker.url))
  const stop = async (): Promise<void> => {
    await stopBoth({ node, adapter, ends })
    await broker.stop()
  }
  try {
    await bringUp({ node, adapter }, world, READY_MS)
  } catch (cause) {
    await stop()
    throw cause
  }
  return { broker, node, adapter, data, ends, stop }
}

const clientOf = (url: string, username: string): Promise<MqttClient> =>
  connectAsync(url, { protocolVersion: 5, clientId: username, username, reconnectPeriod: 0 })

export const runMqttDemo = async ({ dir, devices, messages, seed, progress }: DemoOptions): Promise<CarrierReport> => {
  const world = new World({ seed, now: nowSeconds(), ratePerMinute: 6_000 })
  progress("starting a broker, a node and an adapter ...")
  const site = await startSite(dir, world)
  const clients: Array<MqttClient> = []
  const connect = async (username: string): Promise<MqttClient> => {
    const client = await clientOf(site.broker.url, username)
    clients.push(client)
    return client
  }
  const send = ({ device, client }: MqttTalker, bytes: Uint8Array) => publish(client, topicOf(device), bytes)
  let report: Omit<CarrierReport, "ends">
  try {
    const talkers: Array<MqttTalker> = []
    const presented: Array<Uint8Array> = []
    for (let n = 0; n < devices; n++) {
      const device = world.device(`mqtt ${n}`, { ordinal: n })
      const talker = { device, client: await connect(device.did) }
      const { bytes } = device.presentation(undefined, nowSeconds())
      await send(talker, bytes)
      talkers.push(talker)
      presented.push(bytes)
    }
    report = await demonstrate({
      carrier: "mosquitto",
      data: site.data,
      messages,
      talkers,
      presented,
      send,
      stage: async () => ({ unbound: await connect(UNBOUND) }),
      attacks: MQTT_DEMO_ATTACKS,
      progress,
    })
  } finally {
    for (const client of clients) await client.endAsync(true)
    await site.stop()
  }
  return { ...report, ends: site.ends }
}
