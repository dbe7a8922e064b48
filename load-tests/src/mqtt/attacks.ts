/** Attacks on MQTT through a real broker, by a client of it that holds no device's key but its own. */
import type { Device } from "@assay/fleet"
import type { ErrorWithReasonCode, MqttClient } from "mqtt"
import type { Attempt, CarrierAttack } from "../carrier/attack.ts"

export interface MqttTalker {
  readonly device: Device
  readonly client: MqttClient
}

export interface MqttStage {
  readonly victims: ReadonlyArray<MqttTalker>
  /** The attacker's own device, enrolled and honest until now. */
  readonly mallory: MqttTalker
  /** A client that the broker lets publish wherever it wants: as where an operator has bound nobody to a topic. */
  readonly unbound: MqttClient
  /** Said on the device's own topic, to be verified. */
  say(talker: MqttTalker, bytes: Uint8Array): Promise<void>
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000)

export const topicOf = ({ device }: Pick<MqttTalker, "device">): string => `assay/v1/${device.did}/messages`

const publish = async (client: MqttClient, topic: string, bytes: Uint8Array): Promise<Attempt> => {
  try {
    await client.publishAsync(topic, Buffer.from(bytes), { qos: 1, properties: { contentType: "application/jose" } })
    return { carrier: "took it (PUBACK 0)", stopped: null, bytes }
  } catch (cause) {
    const { code } = cause as ErrorWithReasonCode
    return { carrier: `refused it (PUBACK ${code})`, stopped: String(code), bytes }
  }
}

const message = ({ device }: MqttTalker): Uint8Array => device.message({ iat: nowSeconds() }).bytes

/** Another value, with the signature as it was. */
const changed = (bytes: Uint8Array): Uint8Array => {
  const [header, payload, signature] = Buffer.from(bytes).toString().split(".") as [string, string, string]
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as { senml: Array<{ v: number }> }
  claims.senml[0]!.v += 1
  return Buffer.from(`${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`)
}

const each = async (
  { victims }: MqttStage,
  attempt: (victim: MqttTalker) => Promise<ReadonlyArray<Attempt>>,
): Promise<ReadonlyArray<Attempt>> => {
  const made: Array<Attempt> = []
  for (const victim of victims) made.push(...(await attempt(victim)))
  return made
}

export const MQTT_DEMO_ATTACKS: ReadonlyArray<CarrierAttack<MqttStage>> = [
  {
    title: "Published on the topic of another device",
    expect: { by: "broker", reason: "135", outcome: null },
    run: (stage) =>
      each(stage, async (victim) => [
        await publish(stage.mallory.client, topicOf(victim), Buffer.from('{"temperature":21.5}')),
      ]),
  },
  {
    title: "The same, where the broker binds nobody to a topic: another device's message",
    expect: { by: "identity", reason: "identity.carrier_mismatch", outcome: "rejected" },
    run: (stage) =>
      each(stage, async (victim) => {
        const bytes = message(stage.mallory)
        const attempt = await publish(stage.unbound, topicOf(victim), bytes)
        // It left nothing behind: the signer's own copy still counts, and is among the honest ones.
        await stage.say(stage.mallory, bytes)
        return [attempt]
      }),
  },
  {
    title: "The same, with a value changed",
    expect: { by: "identity", reason: "identity.signature_invalid", outcome: "rejected" },
    run: (stage) =>
      each(stage, async (victim) => {
        const bytes = message(victim)
        const attempt = await publish(stage.unbound, topicOf(victim), changed(bytes))
        await stage.say(victim, bytes)
        return [attempt]
      }),
  },
  {
    title: "The same, without a signature",
    expect: { by: "identity", reason: "identity.malformed_jws", outcome: "rejected" },
    run: (stage) =>
      each(stage, async (victim) => [
        await publish(stage.unbound, topicOf(victim), Buffer.from(`{"temperature":21.5,"of":"${victim.device.did}"}`)),
      ]),
  },
  {
    title: "A captured message is published again",
    expect: { by: "identity", reason: "identity.replayed", outcome: "rejected" },
    run: (stage) =>
      each(stage, async (victim) => {
        const bytes = message(victim)
        await stage.say(victim, bytes)
        return [await publish(stage.unbound, topicOf(victim), bytes)]
      }),
  },
  {
    title: "A broker keeps messages back for good",
    expect: { by: "identity", reason: "identity.contested", outcome: "annotated" },
    run: async (stage) => {
      const [victim] = stage.victims.slice(-1) as [MqttTalker]
      for (let dropped = 0; dropped < 80; dropped++) message(victim)
      const said: Array<Attempt> = []
      for (let nth = 0; nth < 3; nth++) {
        const bytes = message(victim)
        await stage.say(victim, bytes)
        said.push({ carrier: "tells nobody what it does not deliver", stopped: null, bytes })
      }
      return said
    },
  },
]
