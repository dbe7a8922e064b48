/** The adapter between a broker that the test plays and what takes its messages. */
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Ingress } from "../../src/core/ingress.ts"
import type { Answer, Submission } from "../../src/core/submission.ts"
import { type AdapterOptions, type MqttAdapter, startMqtt } from "../../src/mqtt/adapter.ts"
import { readMqtt } from "../../src/mqtt/settings.ts"
import { eventually } from "./eventually.ts"
import { type ScriptedBroker, scriptedBroker } from "./scripted-broker.ts"

const DID = "did:key:z6MkExample"
const TOPIC = `assay/v1/${DID}/messages`
const taken: Answer = { origin: { epoch: 1, partition: 0, offset: 0 } }
const refused = (code: "quota" | "backlog", retryAfterMs: number): Answer => ({ code, sentence: code, retryAfterMs })

/** What takes the messages: a test lets each call of `submit` go on, or fail, when it wants. */
class Taker implements Ingress {
  readonly calls: Array<{ readonly texts: ReadonlyArray<string>; answer(with_: Answer | Error): void }> = []
  private wake: () => void = () => undefined

  submit(submissions: ReadonlyArray<Submission>): Promise<ReadonlyArray<Answer>> {
    return new Promise((resolve, reject) => {
      this.calls.push({
        texts: submissions.map(({ bytes }) => Buffer.from(bytes).toString()),
        answer: (given) => (given instanceof Error ? reject(given) : resolve(submissions.map(() => given))),
      })
      this.wake()
    })
  }

  async next() {
    if (this.calls.length === 0) await new Promise<void>((resolve) => (this.wake = resolve))
    return this.calls.shift()!
  }
}

let broker: ScriptedBroker
let adapter: MqttAdapter | null
let taker: Taker
let lost: Array<string>
let problems: Array<string>
beforeEach(async () => {
  broker = await scriptedBroker()
  taker = new Taker()
  lost = []
  problems = []
  adapter = null
})
afterEach(async () => {
  for (const call of taker.calls) call.answer(taken)
  await adapter?.stop()
  await broker.close()
})

const start = (env: Record<string, string> = {}, rest: Partial<AdapterOptions> = {}): MqttAdapter => {
  adapter = startMqtt({
    broker: readMqtt({ ASSAY_MQTT_URL: broker.url, ...env }).broker,
    ingress: taker,
    onProblem: (what) => problems.push(what),
    onLost: (code) => lost.push(code),
    pauses: { firstMs: 1, longestMs: 2 },
    ...rest,
  })
  return adapter
}

describe("an MQTT adapter", () => {
  it("acknowledges when the message is durable, and not before", async () => {
    start()
    const peer = await broker.connected()
    peer.publish(7, TOPIC, "a.b.c")
    const call = await taker.next()
    expect(call.texts).toEqual(["a.b.c"])
    expect(peer.waiting("puback")).toBe(0)
    call.answer(taken)
    expect(await peer.next("puback")).toMatchObject({ messageId: 7 })
    expect(adapter!.status()).toMatchObject({ taken: 1, underWay: 0 })
  })

  it("goes on reading, and answers pings, while a message waits", async () => {
    start()
    const peer = await broker.connected()
    peer.publish(1, TOPIC, "a.b.c")
    const first = await taker.next()
    for (let id = 2; id <= 20; id++) peer.publish(id, TOPIC, `a.b.${id}`)
    first.answer(taken)
    const rest = await taker.next()
    expect(rest.texts).toHaveLength(19)
    rest.answer(taken)
    for (let id = 1; id <= 20; id++) expect(await peer.next("puback")).toMatchObject({ messageId: id })
  })

  it("hands over again what may not be in the log, and acknowledges once it is", async () => {
    start()
    const peer = await broker.connected()
    peer.publish(1, TOPIC, "a.b.c")
    ;(await taker.next()).answer(new Error("the node is gone"))
    const again = await taker.next()
    expect(again.texts).toEqual(["a.b.c"])
    expect(adapter!.notReady()).toBe("the node is gone")
    expect(peer.waiting("puback")).toBe(0)
    again.answer(taken)
    await peer.next("puback")
    expect(adapter!.notReady()).toBeNull()
    expect(problems).toEqual(["nothing is taken: the node is gone"])
  })

  it("leaves a backlog with the broker: no more than the receive maximum is taken in", async () => {
    start({ ASSAY_MQTT_RECEIVE_MAXIMUM: "8" })
    const peer = await broker.connected()
    const first = taker.next()
    for (let id = 1; id <= 40; id++) peer.publish(id, TOPIC, `a.b.${id}`)
    const call = await first
    // A broker that keeps to MQTT 5 sends no more than 8; one that does not is not read.
    await eventually(() => adapter!.status().underWay).toBe(8)
    call.answer(refused("backlog", 5))
    const second = await taker.next()
    expect(adapter!.status()).toMatchObject({ underWay: 8, waits: "backlog" })
    second.answer(taken)
    await peer.next("puback")
  })

  it("knows again what comes a second time after a broken connection, and hands it over once", async () => {
    start()
    const peer = await broker.connected()
    peer.publish(3, TOPIC, "a.b.c")
    const call = await taker.next()
    peer.break()
    const again = await broker.connected(true)
    again.publish(3, TOPIC, "a.b.c", { dup: true })
    again.publish(4, TOPIC, "d.e.f")
    call.answer(taken)
    expect(await again.next("puback")).toMatchObject({ messageId: 3 })
    const other = await taker.next()
    expect(other.texts).toEqual(["d.e.f"])
    expect(adapter!.status()).toMatchObject({ sentAgain: 1 })
    other.answer(taken)
  })

  it("never acknowledges on a later connection what came on an earlier one", async () => {
    start()
    const peer = await broker.connected()
    peer.publish(3, TOPIC, "a.b.c")
    const call = await taker.next()
    peer.break()
    // The session is lost: packet id 3 is another message now.
    const later = await broker.connected()
    later.publish(3, TOPIC, "x.y.z")
    call.answer(taken)
    const other = await taker.next()
    expect(other.texts).toEqual(["x.y.z"])
    expect(later.waiting("puback")).toBe(0)
    other.answer(taken)
    expect(await later.next("puback")).toMatchObject({ messageId: 3 })
    expect(later.waiting("puback")).toBe(0)
  })

  it("lets a sender that is over its quota wait, and others pass", async () => {
    start()
    const peer = await broker.connected()
    peer.publish(1, TOPIC, "a.b.c")
    const first = await taker.next()
    peer.publish(2, "assay/v1/did:key:zOther/messages", "d.e.f")
    await eventually(() => adapter!.status().underWay).toBe(2)
    first.answer(refused("quota", 30))
    const second = await taker.next()
    expect(second.texts).toEqual(["d.e.f"])
    second.answer(taken)
    expect(await peer.next("puback")).toMatchObject({ messageId: 2 })
    const third = await taker.next()
    expect(third.texts).toEqual(["a.b.c"])
    third.answer(taken)
    expect(await peer.next("puback")).toMatchObject({ messageId: 1 })
    expect(lost).toEqual([])
  })

  it("gives up what is far above a quota with a reason code, since a broker takes nothing back", async () => {
    start({ ASSAY_MQTT_RECEIVE_MAXIMUM: "8" })
    const peer = await broker.connected()
    peer.publish(1, TOPIC, "a.b.1")
    const first = await taker.next()
    for (let id = 2; id <= 7; id++) peer.publish(id, TOPIC, `a.b.${id}`)
    await eventually(() => adapter!.status().underWay).toBe(7)
    first.answer(refused("quota", 60_000))
    expect(await peer.next("puback")).toMatchObject({ reasonCode: 151 })
    expect(await peer.next("puback")).toMatchObject({ reasonCode: 151 })
    expect(await peer.next("puback")).toMatchObject({ reasonCode: 151 })
    expect(lost).toEqual(["quota", "quota", "quota"])
    expect(adapter!.status()).toMatchObject({ underWay: 4, lost: { quota: 3 } })
  })

  it.each<[string, string, string, number]>([
    ["no topic of a device", "assay/v1/pump-7/messages", "a.b.c", 144],
    ["no message", TOPIC, "", 153],
  ])("acknowledges %s with a reason code, counts it and says so", async (_, topic, payload, reasonCode) => {
    start()
    const peer = await broker.connected()
    peer.publish(1, topic, payload)
    expect(await peer.next("puback")).toMatchObject({ messageId: 1, reasonCode })
    expect(lost).toHaveLength(1)
  })

  it("takes what is sent at most once (QoS 0) too, and acknowledges nothing", async () => {
    start()
    const peer = await broker.connected()
    peer.publish(0, TOPIC, "a.b.c", { qos: 0 })
    peer.publish(1, TOPIC, "d.e.f")
    const call = await taker.next()
    call.answer(taken)
    if (call.texts.length === 1) (await taker.next()).answer(taken)
    expect(await peer.next("puback")).toMatchObject({ messageId: 1 })
    expect(adapter!.status().taken).toBe(2)
  })

  it("stops after what it is handing over, and leaves the rest to be sent again", async () => {
    const running = start()
    const peer = await broker.connected()
    peer.publish(1, TOPIC, "a.b.c")
    const call = await taker.next()
    peer.publish(2, TOPIC, "d.e.f")
    const stopped = running.stop()
    call.answer(taken)
    await stopped
    expect(await peer.next("puback")).toMatchObject({ messageId: 1 })
    await peer.next("disconnect")
    expect(peer.waiting("puback")).toBe(0)
    expect(taker.calls).toHaveLength(0)
  })

  it("is not ready without a connection, and says which broker", async () => {
    const running = start()
    expect(running.notReady()).toContain("no connection to the broker at 127.0.0.1:")
    await broker.connected()
    await eventually(() => running.notReady()).toBeNull()
  })

  it("is not ready where the broker refuses a subscription, and says what to do", async () => {
    const refusing = await scriptedBroker()
    const running = startMqtt({
      broker: readMqtt({ ASSAY_MQTT_URL: refusing.url, ASSAY_MQTT_USERNAME: "adapter" }).broker,
      ingress: taker,
      onProblem: (what) => problems.push(what),
      onLost: () => undefined,
    })
    const peer = await refusing.accepted()
    const { messageId } = await peer.next("subscribe")
    peer.send({ cmd: "suback", messageId: messageId!, granted: [135] })
    await eventually(() => running.notReady()).toContain("refuses a subscription")
    expect(problems.join()).toContain("(reason code 135): let adapter read its topics in the ACL")
    await running.stop()
    await refusing.close()
  })
})

describe("a broker that ends connections", () => {
  it("is asked for a client id of one's own where it says that another has it", async () => {
    start({ ASSAY_MQTT_CLIENT_ID: "twin" })
    const peer = await broker.connected()
    peer.send({ cmd: "disconnect", reasonCode: 142 })
    await eventually(() => problems.join()).toContain("another client uses the client id twin")
  })

  it("and where it says nothing, after the third short one", async () => {
    start({ ASSAY_MQTT_CLIENT_ID: "twin" })
    for (let n = 0; n < 3; n++) (await broker.connected()).break()
    await eventually(() => problems.join()).toContain("another client may use the client id twin")
  })
})

describe("an MQTT 3.1.1 adapter", () => {
  it("acknowledges when the message is durable, without reason codes", async () => {
    await broker.close()
    broker = await scriptedBroker(4)
    start({ ASSAY_MQTT_VERSION: "3.1.1" })
    const peer = await broker.connected()
    peer.publish(7, TOPIC, "a.b.c")
    peer.publish(8, "assay/v1/pump/messages", "a.b.c")
    const call = await taker.next()
    expect(await peer.next("puback")).toMatchObject({ messageId: 8 })
    expect(peer.waiting("puback")).toBe(0)
    call.answer(taken)
    expect(await peer.next("puback")).toMatchObject({ messageId: 7 })
  })
})
