/**
 * The connection to the broker, with acknowledgements in our own hand.
 *
 * The library acknowledges a publication as soon as it was handed over, and reads the next only after that: whoever holds the
 * acknowledgement back until a message is durable would take one message at a time, and hear no answer to its pings meanwhile.
 * What it leaves open is used here: where `handleMessage` calls back with an error, the library sends no PUBACK and reads on.
 * Ours is then written to the very stream that brought the publication, and never to a later one, where the same packet id may
 * stand for another message. `test/mqtt/adapter.test.ts` holds the library to that.
 */

import { setTimeout as sleep } from "node:timers/promises"
import { MQTT } from "@assay/settings"
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt"
import { generate, type Packet } from "mqtt-packet"
import { MAX_MESSAGE } from "../core/submission.ts"
import { clientOptionsOf } from "./client-options.ts"
import type { BrokerSettings } from "./settings.ts"

/**
 * Acknowledges a publication (PUBACK, MQTT 5, section 3.4), with a reason code where the version has them.
 * @returns false where its connection is gone: the broker will send it again
 */
export type Acknowledge = (reasonCode: number) => boolean

export type ConnectionState = "connecting" | "subscribed" | "refused" | "closed"

export interface ConnectionOptions {
  readonly settings: BrokerSettings
  /** Must not throw. `acknowledge` does nothing where the quality of service asks for nothing (QoS 0). */
  readonly onPublication: (packet: IPublishPacket, acknowledge: Acknowledge) => void
  /** The connection is gone: what came over it can no longer be acknowledged. */
  readonly onLost: () => void
  /** Resolves when there is room for one more: nothing is read before that. Null: there is. */
  readonly room: () => Promise<void> | null
  readonly onProblem: (what: string) => void
}

export interface Connection {
  /** `refused`: the broker took the connection, and not all subscriptions. */
  state(): ConnectionState
  /** Resolves when the broker has it; retained for who subscribes later where asked for. Rejects where it refuses, or where there is no connection. */
  publish(topic: string, payload: Buffer, retain?: boolean): Promise<void>
  /** Leaves; the broker keeps the session as long as it expires. */
  close(): Promise<void>
}

/** Ours, that is no error: what the library's callback takes as the sign to send no PUBACK. */
const LATER = new Error("acknowledged when it is durable")
/** Of what goes with a message in its packet: topic and properties. */
const PACKET_BYTES = MAX_MESSAGE + (256 << 10)
const CONNECT_MS = 15_000
/** For what is being published when all ends. */
const CLOSE_MS = 2_000
/** Reason codes from here on are refusals (MQTT 5, section 2.4; of SUBACK also in 3.1.1). */
const REFUSED = 128
const TAKEN_OVER = 142
/** A connection that ends sooner is short; so many short ones in a row are no accident. */
const SHORT_MS = 10_000
const MANY_SHORT = 3

const optionsOf = (settings: BrokerSettings): IClientOptions => {
  const { version, clientId, receiveMaximum, sessionExpiry } = settings
  const common: IClientOptions = {
    ...clientOptionsOf(settings),
    clientId,
    clean: false,
    resubscribe: false,
    connectTimeout: CONNECT_MS,
    protocolVersion: version === "5" ? 5 : 4,
  }
  if (version !== "5") return common
  return {
    ...common,
    properties: { sessionExpiryInterval: sessionExpiry, receiveMaximum, maximumPacketSize: PACKET_BYTES },
  }
}

/**
 * Subscribes anew after every connect: the broker may have lost the session.
 * @returns what is wrong with what it granted; null where nothing is
 */
const subscribe = async (client: MqttClient, settings: BrokerSettings): Promise<string | null> => {
  const { version, share, templates, challenges, retained, username, clientId } = settings
  const prefix = share === null ? "" : `$share/${share}/`
  // With a shared subscription nothing retained is sent anyway, and it may not be asked for (MQTT 5, section 3.8.3.1).
  const rh = retained === "take" ? 1 : 2
  const how = { qos: 1 as const, ...(version === "5" && share === null ? { rh } : {}) }
  // The codes come in the packet alone: the error that the library makes of them has none.
  let granted: ReadonlyArray<number> = []
  const onPacket = (packet: Packet): void => {
    if (packet.cmd === "suback") granted = packet.granted.map(Number)
  }
  client.on("packetreceive", onPacket)
  try {
    const filters = [...templates, ...(challenges === null ? [] : [challenges.requests])].map(({ filter }) => filter)
    await client.subscribeAsync(Object.fromEntries(filters.map((filter) => [prefix + filter, how])))
  } catch (cause) {
    const refusal = granted.find((code) => code >= REFUSED)
    if (refusal === undefined) throw cause
    return `the broker refuses a subscription (reason code ${refusal}): let ${username ?? clientId} read its topics in the ACL`
  } finally {
    client.off("packetreceive", onPacket)
  }
  return granted.includes(0)
    ? "the broker gives a topic at most once (QoS 0), so messages may be lost: let it give QoS 1"
    : null
}

/** Connects, and goes on trying for ever. Nothing is awaited: `state` tells. */
export const openConnection = (options: ConnectionOptions): Connection => {
  const { settings, onPublication, onLost, room, onProblem } = options
  let state: ConnectionState = "connecting"
  const client = connect(settings.url.href, { ...optionsOf(settings), manualConnect: true })

  const acknowledgerOf = ({ qos, messageId }: IPublishPacket): Acknowledge => {
    const { stream } = client
    const { protocolVersion = 5 } = client.options
    return (reasonCode) => {
      if (qos === 0) return true
      if (!client.connected || client.stream !== stream || stream.destroyed) return false
      stream.write(generate({ cmd: "puback", messageId: messageId!, reasonCode }, { protocolVersion }))
      return true
    }
  }

  client.handleMessage = (packet, done) => {
    onPublication(packet, acknowledgerOf(packet))
    const waits = room()
    if (waits === null) done(LATER)
    else void waits.then(() => done(LATER))
  }
  let connectedAt = Number.NEGATIVE_INFINITY
  let short = 0
  client.on("connect", () => {
    connectedAt = performance.now()
    subscribe(client, settings).then(
      (wrong) => {
        state = wrong === null ? "subscribed" : "refused"
        if (wrong !== null) onProblem(wrong)
      },
      (cause: Error) => onProblem(`subscribing failed, and is tried again with the next connection: ${cause.message}`),
    )
  })
  client.on("close", () => {
    if (state !== "closed") state = "connecting"
    onLost()
    if (connectedAt === Number.NEGATIVE_INFINITY) return
    short = performance.now() - connectedAt < SHORT_MS ? short + 1 : 0
    connectedAt = Number.NEGATIVE_INFINITY
    // Not every broker says why: mosquitto ends a connection without a word when its client id comes a second time.
    if (short === MANY_SHORT)
      onProblem(`the broker ends each connection soon: another client may use the client id ${settings.clientId}`)
  })
  client.on("disconnect", ({ reasonCode }) =>
    onProblem(
      reasonCode === TAKEN_OVER
        ? `another client uses the client id ${settings.clientId}: give each instance its own (${MQTT.clientId.key})`
        : `the broker ends the connection (reason code ${reasonCode})`,
    ),
  )
  client.on("error", (cause) => onProblem(`${settings.url.host}: ${cause.message}`))
  client.connect()
  const publishing = new Set<Promise<unknown>>()

  return {
    state: () => state,
    publish: async (topic, payload, retain = false) => {
      if (!client.connected) throw new Error("there is no connection to the broker")
      const published = client.publishAsync(topic, payload, { qos: 1, retain })
      publishing.add(published)
      await published.finally(() => publishing.delete(published))
    },
    close: async () => {
      state = "closed"
      // The library waits for what the broker has not acknowledged, and some broker never does.
      await Promise.race([Promise.allSettled(publishing), sleep(CLOSE_MS, undefined, { ref: false })])
      await client.endAsync(!client.connected || publishing.size > 0)
    },
  }
}
