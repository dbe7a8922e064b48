/**
 * Whoever may write to a topic can write anything: each record that is none of ours ends once as rejected and once as a dead
 * letter, and the honest messages before and behind it are decided as if it were not there.
 */
import { spawnSync } from "node:child_process"
import { finish, pack } from "@assay/kafka-client/wire"
import { encodeEntry } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { expositionOf } from "@assay/telemetry"
import { describeKafka } from "@assay/testkit/kafka"
import { message as assayed } from "@assay/testkit/samples"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Attacked, keyOf } from "./attacked-deployment.ts"

const MALFORMED = "identity.malformed_record"
const NOBODY = { id: "-1", epoch: -1 }
const EMPTY = Buffer.alloc(0)
const text = (value: Uint8Array | ReadonlyArray<Uint8Array> | undefined): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString() : ""

/** A batch of a foreign producer: timestamps as given, no producer id. */
const batchOf = async (values: ReadonlyArray<Uint8Array>, time = Date.now(), headers = {}): Promise<Buffer> =>
  finish(
    await pack(
      values.map((value) => ({ key: EMPTY, value, headers })),
      false,
    ),
    NOBODY,
    -1,
    false,
    time,
  )

describeKafka("junk on submitted", () => {
  let deployment: Attacked
  /** The last so many of a partition. */
  const lettersOf = async (partition: number, count: number) =>
    (await deployment.records(STREAMS.deadletter)).filter((letter) => letter.partition === partition).slice(-count)
  const rejectedOf = async (partition: number) =>
    (await deployment.rejected()).filter(({ origin }) => origin.partition === partition)
  beforeAll(async () => {
    deployment = await Attacked.open("chained")
  }, 60_000)
  afterAll(() => deployment.close())

  it("of every kind is rejected and kept as it came, between honest messages that are decided", async () => {
    const honest = deployment.world.device("honest")
    const partition = deployment.home(honest)
    await deployment.say(honest, honest.presentation())
    const good = [await deployment.say(honest)]
    const tick = Buffer.from(encodeEntry({ origin: null, time: null, body: { kind: "tick" } }))
    const otherId = Buffer.from(tick)
    otherId.writeUInt32BE(4_000_000_000, 1)
    const forged = encodeEntry({
      origin: { epoch: 1, partition, offset: 0 },
      time: 1,
      body: { kind: "message", message: assayed },
    })
    const junk: ReadonlyArray<{
      key: Buffer | null
      value: Buffer | null
      headers?: Record<string, Buffer | Array<Buffer>>
    }> = [
      { key: null, value: null },
      { key: Buffer.from("k"), value: null },
      { key: null, value: EMPTY },
      { key: null, value: Buffer.from("hello") },
      { key: Buffer.from([0xff, 0xfe, 0]), value: Buffer.from("{}") },
      { key: null, value: otherId },
      { key: null, value: Buffer.concat([tick, Buffer.from([0])]) },
      { key: null, value: tick.subarray(0, tick.length - 1) },
      { key: null, value: Buffer.concat([tick.subarray(0, 5), Buffer.alloc(40, 0xff)]) },
      { key: null, value: Buffer.from(forged) },
      { key: null, value: Buffer.alloc(900_000, 7) },
      {
        key: null,
        value: Buffer.from("h"),
        headers: { "trust.error.code": Buffer.from("mine"), "": EMPTY, x: [EMPTY, Buffer.of(255)] },
      },
      {
        key: null,
        value: Buffer.from("many"),
        headers: Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`h${n}`, Buffer.from("v")])),
      },
      { key: null, value: Buffer.from("large"), headers: { big: Buffer.alloc(800_000, 1) } },
    ]
    const first = new Map<number, (typeof junk)[number]>()
    for (const record of junk) {
      first.set(await deployment.send(STREAMS.submitted, partition, record as never), record)
      good.push(await deployment.say(honest))
    }
    await deployment.opened.settled()

    const outcomes = await deployment.outcomes()
    for (const origin of good)
      expect(outcomes.get(keyOf(origin))).toEqual([expect.stringMatching(/annotated|verified/)])
    for (const offset of first.keys()) expect(outcomes.get(`${partition}/${offset}`)).toEqual([MALFORMED])
    const letters = await deployment.records(STREAMS.deadletter)
    expect(letters.map(({ headers }) => Number(text(headers!["trust.error.offset"])))).toEqual([...first.keys()])
    for (const letter of letters) {
      const sent = first.get(Number(text(letter.headers!["trust.error.offset"])))!
      expect(letter.absent ?? {}).toEqual({
        ...(sent.key === null ? { key: true } : {}),
        ...(sent.value === null ? { value: true } : {}),
      })
      expect(Buffer.from(letter.key).equals(sent.key ?? EMPTY)).toBe(true)
      if (letter.headers!["trust.error.truncated"] === undefined)
        expect(Buffer.from(letter.value).equals(sent.value ?? EMPTY)).toBe(true)
      expect(text(letter.headers!["trust.error.code"])).toBe(MALFORMED)
    }
    expect(letters.filter(({ headers }) => headers!["trust.error.truncated"] !== undefined)).toHaveLength(2)
    expect(text(letters[11]!.headers!["original.trust.error.code"])).toBe("mine")
    expect(Object.keys(letters[12]!.headers!)).toHaveLength(5_000 + 10)
    const metrics = expositionOf(deployment.opened.metrics.registry)
    expect(metrics).toMatch(
      new RegExp(`assay_deadletters_total\\{.*telemetry.submitted.v1.*${MALFORMED}.*\\} ${junk.length}\\n`),
    )
    expect(deployment.problems).toEqual([])
  })

  it("comes from clients with any codec, and from clocks that are wrong, without changing what is decided", async () => {
    const honest = deployment.world.device("codecs")
    const partition = deployment.home(honest)
    await deployment.say(honest, honest.presentation())
    const before = (await rejectedOf(partition)).length
    const submitted = deployment.topic(STREAMS.submitted)
    const codecs = ["none", "gzip", "snappy", "lz4", "zstd"]
    const has = spawnSync("kcat", ["-V"]).status === 0
    if (has)
      for (const codec of codecs) {
        const args = [
          "-P",
          "-b",
          deployment.settings.brokers.join(),
          "-t",
          submitted,
          "-p",
          `${partition}`,
          "-z",
          codec,
        ]
        const done = spawnSync("kcat", args, { input: `${codec} ${"x".repeat(2_000)}\n` })
        expect([codec, done.status, done.stderr.toString()]).toEqual([codec, 0, ""])
      }
    const year = 365 * 86_400_000
    const times = [0, Date.now() - 50 * year, Date.now() + 50 * year]
    for (const time of times) {
      const { errorCode } = await deployment.sendBatch(
        STREAMS.submitted,
        partition,
        await batchOf([Buffer.from("time")], time),
      )
      expect(errorCode).toBe(0)
    }
    const good = await deployment.say(honest)
    await deployment.opened.settled()
    const rejected = (await rejectedOf(partition)).slice(before)
    expect(rejected).toHaveLength((has ? codecs.length : 0) + times.length)
    const now = Date.now()
    for (const { time } of rejected) expect(Math.abs(now - time)).toBeLessThan(60_000)
    const letters = await lettersOf(partition, rejected.length)
    expect(letters.map(({ value }) => text(value).split(" ")[0])).toEqual([
      ...(has ? codecs : []),
      ...times.map(() => "time"),
    ])
    expect((await deployment.outcomes()).get(keyOf(good))).toEqual([expect.stringMatching(/annotated|verified/)])
  })

  it("that unpacks to very much is bounded on its way", async () => {
    const honest = deployment.world.device("bombed")
    const partition = deployment.home(honest)
    await deployment.say(honest, honest.presentation())
    const before = (await rejectedOf(partition)).length
    // 100 MiB in one record, more of 24 MiB, and 100,000 empty headers.
    const bomb = async (bytes: number, headers = {}) => {
      const value = { key: EMPTY, value: Buffer.alloc(bytes), headers }
      return finish(await pack([value], true), NOBODY, -1, false, Date.now())
    }
    const sent = [await bomb(100 << 20), ...new Array(4).fill(await bomb(24 << 20))]
    sent.push(await bomb(1, { "": new Array(100_000).fill(EMPTY) }))
    for (const batch of sent)
      expect((await deployment.sendBatch(STREAMS.submitted, partition, Buffer.from(batch))).errorCode).toBe(0)
    const good = await deployment.say(honest)
    await deployment.opened.settled()
    expect((await rejectedOf(partition)).length - before).toBe(sent.length)
    const letters = await lettersOf(partition, sent.length)
    expect(text(letters[0]!.headers!["trust.error.message"])).toMatch(/cannot be unpacked/)
    for (const { headers } of letters.slice(1)) expect(headers!["trust.error.truncated"]).toBeDefined()
    expect((await deployment.outcomes()).get(keyOf(good))).toEqual([expect.stringMatching(/annotated|verified/)])
    expect(deployment.problems).toEqual([])
  })

  it("of an aborted transaction is never seen", async () => {
    const producer = deployment.kafka.producer({
      transactionalId: `${deployment.settings.prefix}foreign`,
      maxInFlightRequests: 1,
    })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic: deployment.topic(STREAMS.submitted), messages: [{ partition: 0, value: "no" }] })
    await transaction.abort()
    await producer.disconnect()
    await deployment.send(STREAMS.submitted, 0, { value: "yes" })
    await deployment.opened.settled()
    const seen = (await deployment.rejected()).filter(({ value }) => value.length < 10).map(({ value }) => text(value))
    expect([seen.includes("yes"), seen.includes("no")]).toEqual([true, false])
  })
})
