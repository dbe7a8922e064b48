/** Messages through a broker: a mosquitto and an adapter as processes, and a connected client for each device. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePorts } from "@assay/infra/kafka"
import { ADAPTER, startMosquitto } from "@assay/infra/mosquitto"
import { parseReceiptTopic, parseTemplates } from "@assay/ingress/mqtt"
import { MQTT } from "@assay/settings"
import { connectAsync, type MqttClient } from "mqtt"
import { cleanEnvironment, MAIN } from "../cluster/assay.ts"
import { Instance } from "../cluster/instance.ts"
import { startWatchdog } from "../cluster/watchdog.ts"
import type { Process } from "./cpu.ts"
import type { Send } from "./schedule.ts"
import type { SubmittedPlaces } from "./submitted-places.ts"
import type { Message } from "./workload.ts"

export interface MqttSite {
  readonly send: Send
  readonly processes: ReadonlyArray<Process>
  /** Connections that are open. */
  readonly connected: number
  close(): Promise<void>
}

const READY_MS = 60_000
/** Clients that connect side by side. */
const CONNECTING = 50

const deviceOf = ({ record }: Message): string => Buffer.from(record.key).toString("utf8")

/**
 * @param url of the node that the adapter hands messages to
 * @param devices their DIDs; each has a connection of its own before this returns
 */
export const openMqttSite = async (
  url: string,
  devices: ReadonlyArray<string>,
  places: SubmittedPlaces,
): Promise<MqttSite> => {
  const dir = mkdtempSync(join(tmpdir(), "assay-bench-mqtt-"))
  mkdirSync(dir, { recursive: true })
  const port = await freePorts(2)
  const broker = await startMosquitto({
    dir: join(dir, "mosquitto"),
    port,
    templates: parseTemplates(MQTT.topics.key, MQTT.topics.fallback),
    receipts: parseReceiptTopic(MQTT.receipts.key, MQTT.receipts.fallback),
    // The bound of what waits for the adapter would be what is measured.
    extra: ["max_queued_messages 1000000"],
  })
  let problem: string | null = null
  const adapter = new Instance({
    name: "adapter",
    service: "adapter",
    args: ["ingress", "mqtt", "--url", url, "--port", String(port + 1)],
    env: {
      ...cleanEnvironment(),
      [MQTT.url.key]: broker.url,
      [MQTT.username.key]: ADAPTER,
      [MQTT.clientId.key]: "bench",
    },
    port: port + 1,
    logFile: join(dir, "adapter.log"),
    watchdog: startWatchdog(join(dir, "pids"), MAIN),
    onExit: ({ how, words }) => {
      problem ??= `the adapter ended by itself (${how}): ${words}`
    },
  })
  const clients = new Map<string, MqttClient>()
  const close = async (): Promise<void> => {
    await Promise.all([...clients.values()].map((client) => client.endAsync(true)))
    await adapter.stop()
    await broker.stop()
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    adapter.start()
    await adapter.untilReady(READY_MS)
    for (let at = 0; at < devices.length; at += CONNECTING)
      await Promise.all(
        devices.slice(at, at + CONNECTING).map(async (did) => {
          const client = await connectAsync(broker.url, { protocolVersion: 5, clientId: did, username: did })
          client.on("error", () => undefined) // it connects again by itself
          clients.set(did, client)
        }),
      )
  } catch (cause) {
    await close()
    throw cause
  }
  const publish = (message: Message): Promise<unknown> => {
    const did = deviceOf(message)
    const payload = Buffer.from(message.token)
    return clients
      .get(did)!
      .publishAsync(`assay/v1/${did}/messages`, payload, { qos: 1, properties: { contentType: "application/jose" } })
  }
  return {
    send: async (messages) => {
      if (problem !== null) throw new Error(problem)
      const expected = messages.map(({ token }) => places.expect(token))
      await Promise.all(messages.map(publish))
      return Promise.all(expected)
    },
    processes: [
      { name: "adapter", pid: adapter.pid! },
      { name: "broker", pid: broker.pid! },
    ],
    get connected() {
      return [...clients.values()].filter(({ connected }) => connected).length
    },
    close,
  }
}
