/** Messages through a broker: a mosquitto and an adapter as processes, and a connected client for each device. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePorts } from "@assay/infra/kafka"
import { connectAsync, type MqttClient } from "mqtt"
import { instancesIn } from "../carrier/instances.ts"
import { publish, topicOf } from "../mqtt/devices.ts"
import { adapterSettings, startBroker } from "../mqtt/site.ts"
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
  const port = await freePorts(2)
  // The bound of what waits for the adapter would be what is measured.
  const broker = await startBroker(join(dir, "mosquitto"), port, ["max_queued_messages 1000000"])
  const ends: Array<string> = []
  const args = ["ingress", "mqtt", "--url", url, "--port", String(port + 1)]
  const adapter = instancesIn(dir, ends)("adapter", port + 1, args, adapterSettings(broker.url))
  const clients = new Map<string, MqttClient>()
  const close = async (): Promise<void> => {
    await Promise.all([...clients.values()].map((client) => client.endAsync(true)))
    await adapter.stop()
    await broker.stop()
    rmSync(dir, { recursive: true, force: true })
  }
  try {
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
  const hand = (message: Message): Promise<unknown> => {
    const did = deviceOf(message)
    return publish(clients.get(did)!, topicOf({ did }), message.token)
  }
  return {
    send: async (messages) => {
      if (ends.length > 0) throw new Error(ends.join("; "))
      const expected = messages.map(({ token }) => places.expect(token))
      await Promise.all(messages.map(hand))
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
