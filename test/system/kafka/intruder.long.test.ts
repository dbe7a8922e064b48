/**
 * Somebody with the rights of a stage, or without any rules in between: what he writes between the stages can forge verdicts
 * (SECURITY.md says so; ACLs and replay stand against it), but nothing that he writes stops a partition, its sealer or the
 * read model.
 */
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { verifyUndecided } from "@assay/engine"
import type { RunningReadModel } from "@assay/read-model"
import { decodeRejected, encodeAudit, encodeEntry } from "@assay/schemas"
import { changelogOf, STREAMS } from "@assay/streams"
import { describeKafka } from "@assay/testkit/kafka"
import { canStartRedis, type TestRedis, testRedis } from "@assay/testkit/redis"
import { message as sample } from "@assay/testkit/samples"
import type { AssayedMessage, MessageClaims, Origin } from "@assay/trust"
import { Redis } from "ioredis"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Attacked, keyOf, until } from "./attacked-deployment.ts"

const STAGE_INPUTS = [STREAMS.identified, STREAMS.checked, STREAMS.hashed, STREAMS.segmented]
const MAX = Number.MAX_SAFE_INTEGER

describeKafka("between the stages", () => {
  let deployment: Attacked
  let redis: TestRedis | null = null
  const dir = mkdtempSync(join(tmpdir(), "assay-intruder-"))
  beforeAll(async () => {
    redis = canStartRedis ? await testRedis() : null
    deployment = await Attacked.open("staged", { dir, seal: true, ...(redis === null ? {} : { redisUrl: redis.url }) })
  }, 60_000)
  afterAll(async () => {
    await deployment.close()
    await redis?.remove()
    rmSync(dir, { recursive: true, force: true })
  })

  const isDecided = async (origin: Origin): Promise<void> => {
    const settled = deployment.opened.settled()
    const over = AbortSignal.timeout(10_000)
    await Promise.race([
      settled,
      deployment.opened.node.done,
      new Promise((_, reject) =>
        over.addEventListener("abort", () => {
          const why = deployment.problems.map(({ what, cause }) => `${what}: ${cause}`).join("; ")
          reject(new Error(`not settled: ${deployment.opened.notReady()}; ${why}`))
        }),
      ),
    ])
    expect((await deployment.outcomes()).get(keyOf(origin))).toEqual([expect.stringMatching(/annotated|verified/)])
  }

  it("junk is kept under a place of its own by each stage, as a fault of ours: nobody is charged and nothing is rejected", async () => {
    const honest = deployment.world.device("honest")
    const partition = deployment.home(honest)
    await deployment.say(honest, honest.presentation())
    await isDecided(await deployment.say(honest))
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
      for (const value of junk) sent.push(`${stream} ${await deployment.send(stream, partition, { key: null, value })}`)
    await isDecided(await deployment.say(honest))
    const letters = (await deployment.records(STREAMS.deadletter)).map(({ headers }) =>
      ["topic", "offset"]
        .map((name) => Buffer.from(headers![`trust.error.${name}`] as Uint8Array).toString())
        .join(" "),
    )
    expect(letters.sort()).toEqual([...sent].sort())
    const kept = (await deployment.records(STREAMS.undecided)).map(({ value }) => decodeRejected(value))
    expect(kept.map(({ origin }) => origin.offset < 0)).toEqual(sent.map(() => true))
    expect((await deployment.rejected()).filter(({ origin }) => origin.offset < 0)).toEqual([])
    const incidents = (await deployment.audit()).filter(({ kind }) => kind === "incident")
    expect(incidents.reduce((sum, { count }) => sum + count, 0)).toBe(sent.length)
    expect(incidents.map(({ device, decision }) => [device, decision])).toEqual(incidents.map(() => [null, null]))
    expect(await verifyUndecided(deployment.log, partition)).toMatchObject({ intact: true, kept: sent.length })
    expect(deployment.problems).toEqual([])
  })

  it("messages that are forged to the extremes stop nobody", async () => {
    const honest = deployment.world.device("beside forgeries")
    const partition = deployment.home(honest)
    await deployment.say(honest, honest.presentation())
    await isDecided(await deployment.say(honest))
    const claims = sample.claims as MessageClaims
    const { alg, iss, aud, iat } = claims
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
      forge({ claims: { ...claims, digest: "", kid: "" } }),
      forge({ claims: { kind: "presentation", alg, iss, aud, iat, digest: "", kid: "", credentials: [] } }),
    ]
    for (const stream of STAGE_INPUTS)
      for (const [n, value] of forgeries.entries())
        await deployment.send(stream, partition, { key: `did:forged:${n}`, value: Buffer.from(value) })
    await isDecided(await deployment.say(honest))
    // Whatever became of them, the states can be restored, and time goes on as the log says.
    await deployment.opened.close()
    await deployment.start()
    await isDecided(await deployment.say(honest))
    expect(deployment.problems).toEqual([])
  })

  it("garbage in audit.events is sealed as it is, and shown by no model", async () => {
    const honest = deployment.world.device("audited")
    const partition = deployment.home(honest)
    await deployment.say(honest, honest.presentation())
    const event = (await deployment.audit()).find(({ kind }) => kind === "decision")!
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
    const leaves = (): number => deployment.opened.sealer!.seals()[partition]!.leaves ?? 0
    await deployment.opened.settled()
    const before = leaves()
    for (const value of garbage) await deployment.send(STREAMS.audit, partition, { value })
    await isDecided(await deployment.say(honest))
    expect(leaves()).toBeGreaterThan(before + garbage.length)
    expect(deployment.opened.sealer!.alarm()).toBeNull()
    const model = deployment.opened.model as RunningReadModel | null
    if (model === null) return
    await until(
      () => model.metrics().unreadable >= 2 && model.metrics().lagRecords === 0,
      "the model has passed over it",
    )
    await expect(model.get(honest.did)).resolves.toBeDefined()
  })

  it("garbage in Redis is reported as such or written over, and decides nothing", async () => {
    if (redis === null) return
    const honest = deployment.world.device("shown")
    await deployment.say(honest, honest.presentation())
    await isDecided(await deployment.say(honest))
    const model = deployment.opened.model as RunningReadModel
    await until(async () => (await model.get(honest.did)).status === "known", "known")
    const client = new Redis(redis.url)
    const keys = await client.keys("*")
    const own = keys.filter((key) => key.includes(honest.did))
    expect(own).toHaveLength(1)
    for (const field of await client.hkeys(own[0]!)) await client.hset(own[0]!, field, "garbage")
    const expected = { status: "unavailable", reason: expect.stringContaining("Redis") }
    expect(await model.get(honest.did)).toEqual(expected)
    await client.set(own[0]!, "another type")
    expect(await model.get(honest.did)).toEqual(expected)
    await client.flushall()
    await until(async () => (await model.get(honest.did)).status === "known", "built again")
    for (const key of await client.keys("*"))
      if ((await client.type(key)) === "hash" && (await client.hexists(key, "audit")))
        await client.hset(key, "audit", "garbage")
    await isDecided(await deployment.say(honest))
    await until(() => model.metrics().up === 0, "garbage in a position is reported")
    await client.flushall()
    await until(async () => (await model.get(honest.did)).status === "known", "built again")
    for (const key of await client.keys("*")) {
      await client.del(key)
      await client.set(key, "garbage")
    }
    await isDecided(await deployment.say(honest))
    await until(() => model.metrics().up === 0, "reported")
    await client.flushall()
    await until(async () => (await model.get(honest.did)).status === "known", "built again")
    client.disconnect()
  })

  it("garbage in a changelog is named, and no state is guessed", async () => {
    const honest = deployment.world.device("restored")
    const partition = deployment.home(honest)
    await deployment.say(honest, honest.presentation())
    await isDecided(await deployment.say(honest))
    await deployment.opened.close()
    deployment.problems.length = 0
    const changelog = changelogOf("anomaly-quarantine")
    await deployment.send(changelog, partition, { key: honest.did, value: randomBytes(3) })
    const { node, notReady } = await deployment.start({ seal: false, redisUrl: null })
    await until(() => notReady()?.includes("halted") === true, "halted")
    expect(notReady()).toMatch(
      new RegExp(
        `anomaly-quarantine of partition ${partition}: halted: ${changelog}/${partition}: the record at offset \\d+`,
      ),
    )
    await until(() => node.runners().length === 9, "the others judge")
    expect(deployment.problems.map(({ what }) => what)).toEqual([expect.stringMatching(/^ALARM: anomaly-quarantine/)])
  })
})
