/** Devices that publish over MQTT, and keep each message until the broker has acknowledged it. */
import { setTimeout as sleep } from "node:timers/promises"
import { type Device, type Random, randomOf, type World } from "@assay/fleet"
import { connect, type MqttClient } from "mqtt"
import { nowSeconds } from "../now.ts"

export interface Sent {
  readonly device: string
  /** Of the signing input, as claims carry it. */
  readonly digest: string
}

export interface Publishing {
  /** All that devices signed, in no order. */
  readonly sent: ReadonlyArray<Sent>
  /** Devices sign nothing more; resolves when the broker has acknowledged all. */
  stop(): Promise<void>
}

/**
 * What a sensor shows that is asked several times a second: the weather of its hour, which moves in hours, and the noise of the
 * sensor. The fleet's own series goes on an hour with each message, which no sensor does that signs the time of day.
 */
export const senseOf = ({ profile: { series } }: Device, random: Random) => {
  const { temperature, pressure, wind } = series(0)
  const noisy = (value: number, by: number): number => Number((value + (random.next() - 0.5) * by).toFixed(3))
  return () => ({ temperature: noisy(temperature, 0.2), pressure: noisy(pressure, 0.2), wind: noisy(wind + 0.1, 0.2) })
}

export const topicOf = (device: Pick<Device, "did">): string => `assay/v1/${device.did}/messages`

/** Resolves when the broker has it; the client sends it again over each connection until then. */
export const publish = (client: MqttClient, topic: string, bytes: Uint8Array): Promise<unknown> =>
  client.publishAsync(topic, Buffer.from(bytes), { qos: 1, properties: { contentType: "application/jose" } })

const clientOf = (url: string, device: Device): MqttClient => {
  const client = connect(url, {
    protocolVersion: 5,
    clientId: device.did,
    username: device.did,
    clean: false,
    properties: { sessionExpiryInterval: 3_600 },
    reconnectPeriod: 200,
    reconnectOnConnackError: true,
  })
  client.on("error", () => undefined) // it connects again by itself
  return client
}

/** @param everyMs between two messages of one device */
export const startDevices = async (url: string, world: World, count: number, everyMs: number): Promise<Publishing> => {
  const sent: Array<Sent> = []
  const stopping = new AbortController()
  const say = async (device: Device, client: MqttClient): Promise<void> => {
    const sense = senseOf(device, randomOf(`${world.seed} ${device.did}`))
    while (!stopping.signal.aborted) {
      const { digest, bytes } = device.message({ iat: nowSeconds(), values: sense() })
      sent.push({ device: device.did, digest })
      await publish(client, topicOf(device), bytes)
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const talks = Array.from({ length: count }, async (_, n) => {
    const device = world.device(`mqtt ${n}`, { ordinal: n })
    const client = clientOf(url, device)
    await publish(client, topicOf(device), device.presentation(undefined, nowSeconds()).bytes)
    return { client, talk: say(device, client) }
  })
  const talking = await Promise.all(talks)
  return {
    sent,
    stop: async () => {
      stopping.abort()
      for (const { client, talk } of talking) {
        await talk
        await client.endAsync()
      }
    },
  }
}
