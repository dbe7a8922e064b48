/** The demonstration on a real broker: honest devices, then the attacks, then what the record says of both. */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { World } from "@assay/fleet"
import { freePorts } from "@assay/infra/kafka"
import { ADAPTER, type MosquittoServer, startMosquitto } from "@assay/infra/mosquitto"
import { parseReceiptTopic, parseTemplates } from "@assay/ingress/mqtt"
import { HTTP, MQTT } from "@assay/settings"
import { connectAsync, type MqttClient } from "mqtt"
import { activate } from "../carrier/activate.ts"
import { resultOf } from "../carrier/attack.ts"
import { instancesIn } from "../carrier/instances.ts"
import type { DemoOptions } from "../carrier/program.ts"
import { type CarrierReport, honestOf } from "../carrier/report.ts"
import { decided, settled } from "../carrier/settled.ts"
import type { Instance } from "../cluster/instance.ts"
import { MQTT_DEMO_ATTACKS, type MqttStage, type MqttTalker, nowSeconds, topicOf } from "./attacks.ts"

const READY_MS = 90_000
const SETTLE_MS = 60_000
/** The first devices are attacked; the last is the attacker's own. */
const VICTIMS = 2
const UNBOUND = "unbound"
const QUOTA = 10_000

interface Site {
  readonly broker: MosquittoServer
  readonly node: Instance
  readonly adapter: Instance
  readonly data: string
  /** Processes that ended though nobody asked them to, or that had to be killed at the end. */
  readonly ends: ReadonlyArray<string>
  stop(): Promise<void>
}

/** As production has it, but for one client that may publish anywhere: what an operator does who binds nobody. */
const startBroker = async (dir: string, port: number): Promise<MosquittoServer> => {
  const broker = await startMosquitto({
    dir,
    port,
    templates: parseTemplates(MQTT.topics.key, MQTT.topics.fallback),
    receipts: parseReceiptTopic(MQTT.receipts.key, MQTT.receipts.fallback),
  })
  appendFileSync(join(dir, "acl"), `\nuser ${UNBOUND}\ntopic write assay/#\n`)
  await broker.kill("SIGHUP") // it reads its ACL again
  return broker
}

const startSite = async (dir: string, world: World): Promise<Site> => {
  mkdirSync(dir, { recursive: true })
  const nodePort = await freePorts(3)
  const [adapterPort, brokerPort] = [nodePort + 1, nodePort + 2]
  const [roots, data] = [join(dir, "pinned.json"), join(dir, "data")]
  writeFileSync(roots, JSON.stringify(world.rootSet))
  const broker = await startBroker(join(dir, "mosquitto"), brokerPort)
  const ends: Array<string> = []
  const start = instancesIn(dir, ends)
  const node = start("node", nodePort, ["run", "--data", data, "--roots", roots], {
    [HTTP.httpPort.key]: String(nodePort),
    [HTTP.quotaPerSecond.key]: String(QUOTA),
  })
  const adapter = start("adapter", adapterPort, ["ingress", "mqtt", "--url", node.url, "--port", String(adapterPort)], {
    [MQTT.url.key]: broker.url,
    [MQTT.username.key]: ADAPTER,
    [MQTT.clientId.key]: "adapter",
  })
  const stop = async (): Promise<void> => {
    for (const one of [adapter, node]) if (!(await one.stop())) ends.push(`the ${one.name} did not end by SIGTERM`)
    await broker.stop()
  }
  try {
    await node.untilReady(READY_MS)
    await activate(node, world)
    await adapter.untilReady(READY_MS)
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
  let report: Omit<CarrierReport, "ends">
  try {
    const honest: Array<Uint8Array> = []
    const say = async (talker: MqttTalker, bytes: Uint8Array): Promise<void> => {
      honest.push(bytes)
      const properties = { contentType: "application/jose" }
      await talker.client.publishAsync(topicOf(talker), Buffer.from(bytes), { qos: 1, properties })
    }
    const talkers: Array<MqttTalker> = []
    for (let n = 0; n < devices; n++) {
      const device = world.device(`mqtt ${n}`, { ordinal: n })
      const client = await clientOf(site.broker.url, device.did)
      clients.push(client)
      talkers.push({ device, client })
      await say(talkers.at(-1)!, device.presentation(undefined, nowSeconds()).bytes)
    }
    await decided(site.data, honest, SETTLE_MS)
    progress(`${devices} devices speak through the broker ...`)
    const since = performance.now()
    await Promise.all(
      talkers.map(async (talker) => {
        for (let nth = 0; nth < messages; nth++) await say(talker, talker.device.message({ iat: nowSeconds() }).bytes)
      }),
    )
    await decided(site.data, honest, SETTLE_MS)
    const seconds = Math.round((performance.now() - since) / 100) / 10
    const unbound = await clientOf(site.broker.url, UNBOUND)
    clients.push(unbound)
    const stage: MqttStage = { victims: talkers.slice(0, VICTIMS), mallory: talkers.at(-1)!, unbound, say }
    const played = []
    for (const attack of MQTT_DEMO_ATTACKS) {
      progress(attack.title)
      played.push({ attack, attempts: await attack.run(stage) })
    }
    for (const victim of stage.victims) await say(victim, victim.device.message({ iat: nowSeconds() }).bytes)
    const sent = played.flatMap(({ attempts }) =>
      attempts.flatMap(({ bytes, stopped }) => (bytes === null || stopped !== null ? [] : [bytes])),
    )
    await settled(site.data, [...honest, ...sent], SETTLE_MS)
    // Copies have the bytes of what is decided already: give them the time to come.
    await sleep(1_000)
    const decisions = await settled(site.data, honest, SETTLE_MS)
    report = {
      carrier: "mosquitto",
      seconds,
      honest: honestOf(honest, decisions),
      attacks: played.map(({ attack, attempts }) => resultOf(attack, attempts, decisions)),
    }
  } finally {
    for (const client of clients) await client.endAsync(true)
    await site.stop()
  }
  return { ...report, ends: site.ends }
}
