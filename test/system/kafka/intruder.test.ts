/**
 * Somebody with the rights of a stage, or without any rules in between: what he writes between the stages can forge verdicts
 * (SECURITY.md says so; ACLs and replay stand against it), but nothing that he writes stops a partition, its sealer or the
 * read model.
 */
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { RunningReadModel } from "@assay/read-model"
import { encodeAudit, encodeEntry } from "@assay/schemas"
import { changelogOf, STREAMS } from "@assay/streams"
import { describeKafka } from "@assay/testkit/kafka"
import { canStartRedis, type TestRedis, testRedis } from "@assay/testkit/redis"
import { message as sample } from "@assay/testkit/samples"
import type { AssayedMessage, Claims, Origin } from "@assay/trust"
import { Redis } from "ioredis"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Attacked, keyOf, until } from "./attacked.ts"

const STAGE_INPUTS = [STREAMS.identified, STREAMS.checked, STREAMS.hashed, STREAMS.segmented]
const MAX = Number.MAX_SAFE_INTEGER

describeKafka("between the stages", () => {
  let house: Attacked
  let redis: TestRedis | null = null
  const dir = mkdtempSync(join(tmpdir(), "assay-intruder-"))
  beforeAll(async () => {
    redis = canStartRedis ? await testRedis() : null
    house = await Attacked.open("staged", { dir, seal: true, ...(redis === null ? {} : { redisUrl: redis.url }) })
  }, 60_000)
  afterAll(async () => {
    await house.close()
    await redis?.remove()
    rmSync(dir, { recursive: true, force: true })
  })

  const isDecided = async (origin: Origin): Promise<void> => {
    const settled = house.house.settled()
    const over = AbortSignal.timeout(10_000)
    await Promise.race([
      settled,
      house.house.node.done,
      new Promise((_, reject) =>
        over.addEventListener("abort", () => {
          const why = house.problems.map(({ what, cause }) => `${what}: ${cause}`).join("; ")
          reject(new Error(`not settled: ${house.house.notReady()}; ${why}`))
        }),
      ),
    ])
    expect((await house.outcomes()).get(keyOf(origin))).toEqual([expect.stringMatching(/annotated|verified/)])
  }

  it("junk is rejected under a place of its own and kept, by each stage", async () => {
    const honest = house.world.device("honest")
    const partition = house.home(honest)
    await house.say(honest, honest.presentation())
    await isDecided(await house.say(honest))
    const submitted = (body: object) => Buffer.from(encodeEntry({ origin: null, time: null, body: body as never }))
    const envelope = { bytes: randomBytes(40), mediaType: "x", binding: "x", originator: null, principal: null }
    const junk = [
      null,
      Buffer.alloc(0),
      randomBytes(64),
      submitted({ kind: "tick" }),
      submitted({ kind: "submitted", envelope }),
    ]
    const sent: Array<string> = []
    for (const stream of STAGE_INPUTS)
      for (const value of junk) sent.push(`${stream} ${await house.send(stream, partition, { key: null, value })}`)
    await isDecided(await house.say(honest))
    const letters = (await house.records(STREAMS.deadletter)).map(({ headers }) =>
      ["topic", "offset"]
        .map((name) => Buffer.from(headers![`trust.error.${name}`] as Uint8Array).toString())
        .join(" "),
    )
    expect(letters.sort()).toEqual([...sent].sort())
    const rejected = (await house.rejected()).filter(({ origin }) => origin.offset < 0)
    expect(rejected).toHaveLength(sent.length)
    expect(house.problems).toEqual([])
  })

  it("messages that are forged to the extremes stop nobody", async () => {
    const honest = house.world.device("beside forgeries")
    const partition = house.home(honest)
    await house.say(honest, honest.presentation())
    await isDecided(await house.say(honest))
    const claims = sample.claims as Claims
    const forge = (change: Partial<AssayedMessage>, origin: Partial<Origin> = {}, time = Date.now()) => {
      const whole = { epoch: 1, partition, offset: 1_000_000, ...origin }
      const message = { ...sample, origin: whole, time, decision: null, ...change }
      return encodeEntry({ origin: whole, time, body: { kind: "message", message } })
    }
    const none = { identity: null, credential: null, integrity: null, segmentation: null, anomaly: null }
    const forgeries = [
      forge({}, {}, MAX),
      forge({}, {}, -MAX),
      forge({}, { offset: MAX, partition: 77 }),
      forge({}, { offset: -MAX, epoch: 2 ** 31 - 1 }),
      forge({ verdicts: none }),
      forge({ claims: { ...claims, iss: "\u0001position" } }),
      forge({ claims: { ...claims, iss: "\u0001runner" } }),
      forge({ claims: { ...claims, iss: "\u0000" } }),
      forge({ claims: { ...claims, iss: "" } }),
      forge({ claims: { ...claims, iss: `did:${"x".repeat(100_000)}` } }),
      forge({ claims: { ...claims, iss: "did:__proto__", iat: MAX, epo: MAX, seq: MAX } }),
      forge({ claims: { ...claims, act: null, digest: "", kid: "" } }),
    ]
    for (const stream of STAGE_INPUTS)
      for (const [n, value] of forgeries.entries())
        await house.send(stream, partition, { key: `did:forged:${n}`, value: Buffer.from(value) })
    await isDecided(await house.say(honest))
    // Whatever became of them, the states can be restored, and time goes on as the log says.
    await house.house.close()
    await house.start()
    await isDecided(await house.say(honest))
    expect(house.problems).toEqual([])
  })

  it("garbage in audit.events is sealed as it is, and shown by no model", async () => {
    const honest = house.world.device("audited")
    const partition = house.home(honest)
    await house.say(honest, honest.presentation())
    const event = (await house.audit()).find(({ kind }) => kind === "decision")!
    const garbage = [
      null,
      randomBytes(30),
      Buffer.from(encodeAudit({ ...event, time: MAX, index: 2 ** 31 - 1, device: honest.did })),
      Buffer.from(encodeAudit({ ...event, kind: "control", count: 1, detail: "{not json" })),
      Buffer.from(encodeAudit({ ...event, kind: "control", count: 1, detail: "null" })),
      Buffer.from(
        encodeAudit({ ...event, origin: { epoch: 1, partition, offset: MAX }, time: MAX, device: honest.did }),
      ),
    ]
    const leaves = (): number => house.house.sealer!.seals()[partition]!.leaves ?? 0
    await house.house.settled()
    const before = leaves()
    for (const value of garbage) await house.send(STREAMS.audit, partition, { value })
    await isDecided(await house.say(honest))
    expect(leaves()).toBeGreaterThan(before + garbage.length)
    expect(house.house.sealer!.alarm()).toBeNull()
    const model = house.house.model as RunningReadModel | null
    if (model === null) return
    await until(
      () => model.metrics().unreadable >= 2 && model.metrics().lagRecords === 0,
      "the model has passed over it",
    )
    await expect(model.get(honest.did)).resolves.toBeDefined()
  })

  it("garbage in Redis is told as such or written over, and decides nothing", async () => {
    if (redis === null) return
    const honest = house.world.device("shown")
    await house.say(honest, honest.presentation())
    await isDecided(await house.say(honest))
    const model = house.house.model as RunningReadModel
    await until(async () => (await model.get(honest.did)).status === "known", "known")
    const client = new Redis(redis.url)
    const keys = await client.keys("*")
    const own = keys.filter((key) => key.includes(honest.did))
    expect(own).toHaveLength(1)
    for (const field of await client.hkeys(own[0]!)) await client.hset(own[0]!, field, "garbage")
    const isTold = { status: "unavailable", reason: expect.stringContaining("Redis") }
    expect(await model.get(honest.did)).toEqual(isTold)
    await client.set(own[0]!, "another type")
    expect(await model.get(honest.did)).toEqual(isTold)
    await client.flushall()
    await until(async () => (await model.get(honest.did)).status === "known", "built again")
    for (const key of await client.keys("*"))
      if ((await client.type(key)) === "hash" && (await client.hexists(key, "audit")))
        await client.hset(key, "audit", "garbage")
    await isDecided(await house.say(honest))
    await until(() => model.metrics().up === 0, "garbage in a position is told")
    await client.flushall()
    await until(async () => (await model.get(honest.did)).status === "known", "built again")
    for (const key of await client.keys("*")) {
      await client.del(key)
      await client.set(key, "garbage")
    }
    await isDecided(await house.say(honest))
    await until(() => model.metrics().up === 0, "told")
    await client.flushall()
    await until(async () => (await model.get(honest.did)).status === "known", "built again")
    client.disconnect()
  })

  it("garbage in a changelog is named, and no state is guessed", async () => {
    const honest = house.world.device("restored")
    const partition = house.home(honest)
    await house.say(honest, honest.presentation())
    await isDecided(await house.say(honest))
    await house.house.close()
    house.problems.length = 0
    const changelog = changelogOf("anomaly-quarantine")
    await house.send(changelog, partition, { key: honest.did, value: randomBytes(3) })
    const { node, notReady } = await house.start({ seal: false, redisUrl: null })
    await until(() => notReady()?.includes("halted") === true, "halted")
    expect(notReady()).toMatch(
      new RegExp(
        `anomaly-quarantine of partition ${partition}: halted: ${changelog}/${partition}: the record at offset \\d+`,
      ),
    )
    await until(() => node.runners().length === 9, "the others judge")
    expect(house.problems.map(({ what }) => what)).toEqual([expect.stringMatching(/^ALARM: anomaly-quarantine/)])
  })
})
