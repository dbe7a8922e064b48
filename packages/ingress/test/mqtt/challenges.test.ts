/** Questions of devices for challenges, over a broker that the test plays. A real one is `mosquitto.test.ts`. */
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { ChallengeSource } from "../../src/core/challenge.ts"
import { type MqttAdapter, startMqtt } from "../../src/mqtt/adapter.ts"
import { Challenges } from "../../src/mqtt/challenges.ts"
import { readChallengeTopics, readMqtt } from "../../src/mqtt/settings.ts"
import { parseTemplates } from "../../src/mqtt/topics.ts"
import { Taking } from "../taking.ts"
import { eventually } from "./eventually.ts"
import { type Peer, type ScriptedBroker, scriptedBroker } from "./scripted-broker.ts"

const DID = "did:key:z6MkExample"
const ASKS = `assay/v1/${DID}/challenge-requests`
const HEARS = `assay/v1/${DID}/challenges`
const KEY = "AAtuYW1l"
const question = JSON.stringify({ key: KEY })

let broker: ScriptedBroker
let adapter: MqttAdapter | null
let taking: Taking
let problems: Array<string>
let asked: Array<readonly [device: string, key: string]>
let ask: ChallengeSource
beforeEach(async () => {
  broker = await scriptedBroker()
  adapter = null
  taking = new Taking()
  problems = []
  asked = []
  ask = async () => ({ challenge: "a.b.c", expires: "2026-11-29T12:05:00.000Z" })
})
afterEach(async () => {
  await adapter?.stop()
  await broker.close()
})

const TOPICS = { ASSAY_MQTT_CHALLENGES: "assay/v1/{device}/challenges" }
const connect = async (env: Record<string, string> = TOPICS): Promise<Peer> => {
  adapter = startMqtt({
    broker: readMqtt({ ASSAY_MQTT_URL: broker.url, ...env }).broker,
    ingress: taking,
    challenges: (device, key) => {
      asked.push([device, key])
      return ask(device, key)
    },
    onProblem: (what) => problems.push(what),
    onLost: () => undefined,
  })
  return broker.connected()
}
/** What the adapter publishes next; the broker has it then. */
const heard = async (peer: Peer): Promise<{ readonly topic: string; readonly body: unknown }> => {
  const { topic, payload, messageId } = await peer.next("publish")
  peer.send({ cmd: "puback", messageId: messageId!, reasonCode: 0 })
  return { topic, body: JSON.parse(payload.toString()) }
}

describe("a device that asks for a challenge", () => {
  it("hears it on its own topic, and its question is no message", async () => {
    const peer = await connect()
    peer.publish(5, ASKS, question)
    expect(await peer.next("puback")).toMatchObject({ messageId: 5 })
    expect(await heard(peer)).toEqual({
      topic: HEARS,
      body: { key: KEY, challenge: "a.b.c", expires: "2026-11-29T12:05:00.000Z" },
    })
    expect(asked).toEqual([[DID, KEY]])
    await eventually(() => adapter!.status().challenges).toEqual({ sent: 1, refused: 0, leftOut: 0, failed: 0 })
    expect(taking.all).toHaveLength(0)
  })

  it.each([
    ["no JSON", "key", 1],
    ["no name", "{}", 1],
    ["a name that is none", '{"key":7}', 1],
    ["null", "null", 1],
    ["a name that is too long", JSON.stringify({ key: "A".repeat(129) }), 1],
    ["more than a question", JSON.stringify({ key: KEY, more: "A".repeat(1_024) }), 1],
  ])("%s: hears what to send, and the node is not asked", async (_, payload, refused) => {
    const peer = await connect()
    peer.publish(5, ASKS, payload)
    const { body } = await heard(peer)
    expect(body).toMatchObject({ key: null, error: "enrolment.malformed", message: expect.stringContaining('"key"') })
    await eventually(() => adapter!.status().challenges).toMatchObject({ sent: 0, refused })
    expect(asked).toEqual([])
  })

  it("hears what its node says against it", async () => {
    ask = async () => ({
      error: "enrolment.malformed",
      message: "key is not the base64url name of the attestation key",
    })
    const peer = await connect()
    peer.publish(5, ASKS, question)
    expect((await heard(peer)).body).toMatchObject({ key: KEY, error: "enrolment.malformed" })
  })

  it("hears to ask later where the node makes none, and not why: that is for the operator", async () => {
    ask = async () => {
      throw new Error("the node at http://10.0.0.1 makes no challenge (403): mqtt lacks the right to submit")
    }
    const peer = await connect()
    peer.publish(5, ASKS, question)
    const { body } = await heard(peer)
    expect(body).toEqual({
      key: KEY,
      error: "enrolment.unavailable",
      message: "no challenge can be made at the moment: ask again later",
    })
    expect(problems.join()).toContain("lacks the right to submit")
    await eventually(() => adapter!.status().challenges).toMatchObject({ failed: 1, sent: 0 })
  })

  it("is held to a rate of its own, with a reason code, and holds up nobody", async () => {
    const peer = await connect()
    for (let id = 1; id <= 5; id++) peer.publish(id, ASKS, question)
    const codes: Array<number | undefined> = []
    for (let id = 1; id <= 5; id++) codes.push((await peer.next("puback")).reasonCode)
    expect(codes.map((code) => code ?? 0)).toEqual([0, 0, 0, 0, 151])
    peer.publish(6, ASKS.replace("Example", "Other"), question)
    expect((await peer.next("puback")).reasonCode ?? 0).toBe(0)
    expect(adapter!.status().challenges).toMatchObject({ leftOut: 1 })
  })

  it("must have a DID for a name; what was retained is answered by nobody", async () => {
    const peer = await connect()
    peer.publish(1, "assay/v1/pump-7/challenge-requests", question)
    expect(await peer.next("puback")).toMatchObject({ messageId: 1, reasonCode: 144 })
    peer.publish(2, ASKS, question, { retain: true })
    expect((await peer.next("puback")).reasonCode ?? 0).toBe(0)
    expect(asked).toEqual([])
  })
})

it("without the setting nobody subscribes to questions, and what comes there is no topic of ours", async () => {
  const peer = await connect({})
  peer.publish(1, ASKS, question)
  expect(await peer.next("puback")).toMatchObject({ messageId: 1, reasonCode: 144 })
  expect(adapter!.status().challenges).toBeNull()
})

it("no more than 64 questions wait for the node at once", async () => {
  const gate = Promise.withResolvers<void>()
  const topics = readChallengeTopics("a/{device}/c", "a/{device}/q", parseTemplates("T", "m/{device}"))!
  const published: Array<string> = []
  const challenges = new Challenges({
    topics,
    ask: async () => {
      await gate.promise
      return { challenge: "a.b.c", expires: "" }
    },
    publish: async (topic) => void published.push(topic),
    onProblem: () => undefined,
  })
  const codes = Array.from({ length: 65 }, (_, n) => challenges.take(`a/did:key:z${n}/q`, Buffer.from(question)))
  expect(codes.filter((code) => code === 0)).toHaveLength(64)
  expect(codes.at(-1)).toBe(151)
  gate.resolve()
  await eventually(() => published.length).toBe(64)
  await eventually(() => challenges.take("a/did:key:zLater/q", Buffer.from(question))).toBe(0)
})

it.each([
  ["assay/v1/{device}/challenge-requests", "the answers' own topic"],
  ["assay/v1/{device}/messages", "the topic of messages"],
  ["assay/v1/{device}/#", "no topic of one device"],
])("%s is refused for questions: it is %s", (requests) => {
  const read = (): unknown =>
    readMqtt({
      ASSAY_MQTT_URL: broker.url,
      ASSAY_MQTT_CHALLENGES: "assay/v1/{device}/challenge-requests",
      ASSAY_MQTT_CHALLENGE_REQUESTS: requests,
    })
  expect(read).toThrow("ASSAY_MQTT_CHALLENGE_REQUESTS")
})
