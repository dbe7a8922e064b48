/**
 * More partitions on Kafka, by the command, as a process that is killed again and again: the former log under load until its
 * services stop, messages that come too late, the next one under another prefix.
 */
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { kafkaClient } from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { EPOCH_TYPE } from "@assay/knowledge"
import { type Log, partitionOf } from "@assay/log"
import { openKafka } from "@assay/log-kafka"
import { type OpenNode, openNode } from "@assay/node"
import { decodeAssayed } from "@assay/schemas"
import { ALL_STREAMS, ROLES, STREAMS } from "@assay/streams"
import { assay, startAssay } from "@assay/testkit/cli"
import { describeKafka } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeLog } from "../kafka/attacked-deployment.ts"

const STEP_MS = 600_000
const [BEFORE, AFTER] = [2, 4]
/** The process is killed so long after its start, a little later each time, until one comes to its end. */
const KILL_MS = { first: 900, step: 1_100, last: 30_000 }

describeKafka("more partitions on Kafka", () => {
  const root = mkdtempSync(join(tmpdir(), "assay-grow-kafka-"))
  const at = (name: string): string => join(root, name)
  let first: KafkaSettings
  let second: KafkaSettings
  let environment: Readonly<Record<string, string>>
  let world: World
  let devices: ReadonlyArray<Device>
  const logs: Array<Log> = []
  let said = 0

  const openOn = async (settings: KafkaSettings): Promise<Log> => {
    const log = await openKafka({ settings, streams: ALL_STREAMS, roles: ROLES })
    logs.push(log)
    return log
  }
  const run = (settings: KafkaSettings, dir: string): Promise<OpenNode> =>
    openNode(SERVICES, {
      dir,
      kafka: settings,
      roots: world.rootSet,
      topology: "chained",
      tickMs: 200,
      seal: true,
      workers: 0,
    })
  const submit = async (log: Log, device: Device, { bytes } = device.message()): Promise<void> => {
    const key = Buffer.from(device.did)
    const partition = partitionOf(key, log.partitions)
    await log.append({ stream: STREAMS.submitted, partition }, [encodeSubmitted(key, envelopeOf(bytes))])
    said++
  }
  const decided = async (log: Log): Promise<ReadonlyArray<readonly [digest: string, outcome: string]>> => {
    const found: Array<readonly [string, string]> = []
    for (let partition = 0; partition < log.partitions; partition++)
      for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined]) {
        let from = (await log.bounds({ stream, partition })).start
        for (;;) {
          const records = await log.read({ stream, partition }, from, 10_000, 16 << 20)
          if (records.length === 0) break
          for (const { value } of records) {
            const { envelope, decision } = decodeAssayed(value)
            found.push([createHash("sha256").update(envelope.bytes).digest("hex"), decision!.outcome])
          }
          from = records.at(-1)!.offset + 1
        }
      }
    return found
  }

  beforeAll(async () => {
    first = await makeLog(BEFORE)
    second = { ...first, prefix: `${first.prefix.slice(0, -1)}n.` }
    const log = await openOn(first)
    world = new World({ seed: first.prefix, now: Math.ceil(log.genesis / 1000) + 1, log })
    devices = Array.from({ length: 12 }, (_, n) => world.device(`grows ${n}`))
    writeFileSync(at("roots.json"), JSON.stringify(world.rootSet))
    environment = {
      LOG: "kafka",
      KAFKA_BROKERS: first.brokers.join(),
      KAFKA_ALLOW_INSECURE: "true",
      ASSAY_STREAM_PREFIX: first.prefix,
    }
  }, STEP_MS)
  afterAll(async () => {
    for (const log of logs) await log.close()
    const admin = kafkaClient(first).admin()
    await admin.connect()
    const topics = (await admin.listTopics()).filter(
      (topic) => topic.startsWith(first.prefix) || topic.startsWith(second.prefix),
    )
    await admin.deleteTopics({ topics })
    await admin.disconnect()
    rmSync(root, { recursive: true, force: true })
  }, STEP_MS)

  it("loses and repeats nothing, wherever it is killed", { timeout: STEP_MS }, async () => {
    const log = logs[0]!
    const node = await run(first, at("seal"))
    await publishKnowledge(log, "bundle", world.signedBundle)
    await publishKnowledge(log, "policy", world.signedPolicy)
    for (const device of devices) await submit(log, device, device.presentation())
    for (let round = 0; round < 12; round++) {
      for (const device of devices) await submit(log, device)
      await node.settled()
    }
    await node.close()
    // Taken by an ingress that stopped too late.
    for (const device of devices) await submit(log, device)

    const planned = await assay(["topics", "grow", "--partitions", String(AFTER), "--json"], {
      cwd: root,
      env: environment,
    })
    expect(planned.code, planned.err).toBe(0)
    writeFileSync(at("epoch.dsse"), dsseSign(EPOCH_TYPE, Buffer.from(planned.out), world.roots.slice(0, 2)))
    const call = [
      ...["topics", "grow", "--item", "epoch.dsse", "--to-prefix", second.prefix],
      ...["--roots", "roots.json", "--json"],
    ]
    let kills = 0
    let done: { readonly code: number | null; readonly out: string; readonly err: string } | null = null
    for (let ms = KILL_MS.first; done === null; ms = Math.min(KILL_MS.last, ms + KILL_MS.step)) {
      const child = startAssay(call, { cwd: root, env: environment })
      const timer = setTimeout(() => child.kill("SIGKILL"), ms)
      const ended = await child.done
      clearTimeout(timer)
      if (ended.code === null) kills++
      else done = ended
    }
    expect(done.code, done.err).toBe(0)
    process.stderr.write(`assay topics grow was killed ${kills} times before it came to its end\n`)
    expect(kills).toBeGreaterThan(2)

    await expect(run(first, at("seal"))).rejects.toThrow("epoch 2 goes on from it")
    const next = await run(second, at("seal-2"))
    const after = await openOn(second)
    expect([after.epoch, after.partitions, after.genesis]).toEqual([2, AFTER, log.genesis])
    await next.settled()
    for (let round = 0; round < 3; round++) {
      for (const device of devices) await submit(after, device)
      await next.settled()
    }
    await next.close()

    const [before, since] = [await decided(log), await decided(after)]
    expect(since).toHaveLength(4 * devices.length)
    expect(since.filter(([, outcome]) => outcome !== "verified")).toEqual([])
    expect(before.length + since.length).toBe(said)
    expect(new Set([...before, ...since].map(([digest]) => digest)).size).toBe(said)
    const replayed = await assay(["replay", "--after", first.prefix, "--roots", "roots.json", "--json"], {
      cwd: root,
      env: { ...environment, ASSAY_STREAM_PREFIX: second.prefix },
    })
    expect(replayed.code, replayed.out).toBe(0)
    for (const [settings, dir] of [
      [first, "seal"],
      [second, "seal-2"],
    ] as const) {
      const verified = await assay(["verify", dir, "--key", at(`${dir}/vkeys`), "--streams", "--json"], {
        cwd: root,
        env: { ...environment, ASSAY_STREAM_PREFIX: settings.prefix },
      })
      expect(verified.code, verified.out).toBe(0)
    }
  })
})
