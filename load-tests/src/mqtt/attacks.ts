/** Attacks on MQTT through a real broker, by a client of it that holds no device's key but its own. */
import type { Device } from "@assay/fleet"
import type { ErrorWithReasonCode, MqttClient } from "mqtt"
import type { Attempt, CarrierAttack } from "../carrier/attack.ts"
import { changed, messageOf, onEach } from "../carrier/attempts.ts"
import type { CarrierStage } from "../carrier/demonstrate.ts"
import { publish, topicOf } from "./devices.ts"

export interface MqttTalker {
  readonly device: Device
  readonly client: MqttClient
}

export interface MqttStage extends CarrierStage<MqttTalker> {
  /** A client that the broker lets publish wherever it wants: as where an operator has bound nobody to a topic. */
  readonly unbound: MqttClient
}

const attempt = async (client: MqttClient, topic: string, bytes: Uint8Array): Promise<Attempt> => {
  try {
    await publish(client, topic, bytes)
    return { carrier: "took it (PUBACK 0)", stopped: null, bytes }
  } catch (cause) {
    const { code } = cause as ErrorWithReasonCode
    return { carrier: `refused it (PUBACK ${code})`, stopped: String(code), bytes }
  }
}

export const MQTT_DEMO_ATTACKS: ReadonlyArray<CarrierAttack<MqttStage>> = [
  {
    title: "Published on the topic of another device",
    expect: { by: "broker", reason: "135", outcome: null },
    run: (stage) =>
      onEach(stage, async (victim) => [
        await attempt(stage.mallory.client, topicOf(victim.device), Buffer.from('{"temperature":21.5}')),
      ]),
  },
  {
    title: "The same, where the broker binds nobody to a topic: another device's message",
    expect: { by: "identity", reason: "identity.carrier_mismatch", outcome: "rejected" },
    run: (stage) =>
      onEach(stage, async (victim) => {
        const bytes = messageOf(stage.mallory)
        const made = await attempt(stage.unbound, topicOf(victim.device), bytes)
        // It left nothing behind: the signer's own copy still counts, and is among the honest ones.
        await stage.say(stage.mallory, bytes)
        return [made]
      }),
  },
  {
    title: "The same, with a value changed",
    expect: { by: "identity", reason: "identity.signature_invalid", outcome: "rejected" },
    run: (stage) =>
      onEach(stage, async (victim) => {
        const bytes = messageOf(victim)
        const made = await attempt(stage.unbound, topicOf(victim.device), changed(bytes))
        await stage.say(victim, bytes)
        return [made]
      }),
  },
  {
    title: "The same, without a signature",
    expect: { by: "identity", reason: "identity.malformed_jws", outcome: "rejected" },
    run: (stage) =>
      onEach(stage, async (victim) => [
        await attempt(
          stage.unbound,
          topicOf(victim.device),
          Buffer.from(`{"temperature":21.5,"of":"${victim.device.did}"}`),
        ),
      ]),
  },
  {
    title: "A captured message is published again",
    expect: { by: "identity", reason: "identity.replayed", outcome: "rejected" },
    run: (stage) =>
      onEach(stage, async (victim) => {
        const bytes = messageOf(victim)
        await stage.say(victim, bytes)
        return [await attempt(stage.unbound, topicOf(victim.device), bytes)]
      }),
  },
  {
    title: "A broker keeps messages back for good",
    expect: { by: "identity", reason: "identity.contested", outcome: "annotated" },
    run: async (stage) => {
      const [victim] = stage.victims.slice(-1) as [MqttTalker]
      for (let dropped = 0; dropped < 80; dropped++) messageOf(victim)
      const said: Array<Attempt> = []
      for (let nth = 0; nth < 3; nth++) {
        const bytes = messageOf(victim)
        await stage.say(victim, bytes)
        said.push({ carrier: "tells nobody what it does not deliver", stopped: null, bytes })
      }
      return said
    },
  },
]
