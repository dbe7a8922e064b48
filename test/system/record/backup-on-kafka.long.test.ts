/**
 * A deployment on Kafka that is copied while it works, and lost as a whole: topics, states, the sealer's directory. What was copied is
 * the same log, record for record; it is verified, replayed and gone on from, and goes back to brokers as the next epoch.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge, type Topology } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { EPOCH_TYPE } from "@assay/knowledge"
import { type Log, type LogRecord, partitionOf, recordsIn } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { openKafka } from "@assay/log-kafka"
import { type OpenNode, openNode } from "@assay/node"
import { decodeAssayed } from "@assay/schemas"
import { ALL_STREAMS, ROLES, STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { describeKafka } from "@assay/testkit/kafka"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeLog, removeLog } from "../kafka/attacked-deployment.ts"

const STEP_MS = 600_000
const PARTITIONS = 2

describeKafka("a backup of a deployment on Kafka", () => {
  describe.each<Topology>(["chained", "staged"])("%s", (topology) => {
    const root = mkdtempSync(join(tmpdir(), "assay-backup-kafka-"))
    const at = (name: string): string => join(root, name)
    let settings: KafkaSettings
    let next: KafkaSettings
    let world: World
    /** These say nothing after the backup; the others go on, and what they say is lost. */
    let quiet: ReadonlyArray<Device>
    let busy: ReadonlyArray<Device>
    let log: Log
    let digest = ""
    const before = new Map<string, ReadonlyArray<LogRecord>>()

    const open = (dir: string, kafka: KafkaSettings | null): Promise<OpenNode> =>
      openNode(SERVICES, {
        dir: at(dir),
        ...(kafka === null ? {} : { kafka }),
        roots: world.rootSet,
        topology,
        tickMs: 0,
        seal: true,
        workers: 0,
      })
    const say = async (to: Log, device: Device, { bytes } = device.message()): Promise<void> => {
      const key = Buffer.from(device.did)
      const partition = partitionOf(key, to.partitions)
      await to.append({ stream: STREAMS.submitted, partition }, [encodeSubmitted(key, envelopeOf(bytes))])
    }
    const outcomes = async (of: Log, device: Device): Promise<ReadonlyArray<string>> => {
      const partition = partitionOf(Buffer.from(device.did), of.partitions)
      const found: Array<string> = []
      for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined])
        for await (const { value } of recordsIn(of, stream, partition)) {
          const { claims, decision } = decodeAssayed(value)
          if (claims?.iss === device.did) found.push(decision!.outcome)
        }
      return found
    }
    const run = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
      assay([...args, "--json"], { cwd: root, env })
    const onKafka = ({ brokers, prefix }: KafkaSettings) => ({
      LOG: "kafka",
      KAFKA_BROKERS: brokers.join(),
      KAFKA_ALLOW_INSECURE: "true",
      ASSAY_STREAM_PREFIX: prefix,
    })
    /** Offset of each decided message and its outcome, in order. */
    const decidedOf = async (
      read: (stream: string) => Promise<ReadonlyArray<LogRecord>>,
    ): Promise<ReadonlyArray<readonly [offset: number, outcome: string]>> => {
      const found: Array<readonly [number, string]> = []
      for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined])
        for (const { value } of await read(stream)) {
          const { origin, decision } = decodeAssayed(value)
          found.push([origin.offset, decision!.outcome])
        }
      return found.sort(([a], [b]) => a - b)
    }
    const recordsOf = async (of: Log, stream: string, partition: number): Promise<ReadonlyArray<LogRecord>> => {
      const found: Array<LogRecord> = []
      for await (const record of recordsIn(of, stream, partition)) found.push(record)
      return found
    }

    beforeAll(async () => {
      settings = await makeLog(PARTITIONS)
      next = { ...settings, prefix: `${settings.prefix.slice(0, -1)}n.` }
      log = await openKafka({ settings, streams: ALL_STREAMS, roles: ROLES })
      world = new World({ seed: settings.prefix, now: Math.ceil(log.genesis / 1000) + 1, log })
      writeFileSync(at("roots.json"), JSON.stringify(world.rootSet))
      quiet = Array.from({ length: 6 }, (_, n) => world.device(`quiet ${n}`))
      busy = Array.from({ length: 6 }, (_, n) => world.device(`busy ${n}`))
      const node = await open("seal", settings)
      await publishKnowledge(log, "bundle", world.signedBundle)
      await publishKnowledge(log, "policy", world.signedPolicy)
      for (const device of [...quiet, ...busy]) await say(log, device, device.presentation())
      // A device earns trust from its admission on, which takes its own way through the stages: on a busy machine all that comes now
      // would be said before it, and nobody would be trusted.
      await node.settled()
      for (let round = 0; round < 10; round++) for (const device of [...quiet, ...busy]) await say(log, device)
      await node.settled()
      let isOver = false
      const coming = (async () => {
        while (!isOver) {
          for (const device of busy) await say(log, device)
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      })()
      const taken = await run(["backup", "copy", "--data", "seal"], onKafka(settings))
      isOver = true
      await coming
      expect(taken.code, taken.err).toBe(0)
      digest = JSON.parse(taken.out).digest
      await node.settled()
      await node.close()
      for (const stream of ALL_STREAMS)
        for (let partition = 0; partition < PARTITIONS; partition++)
          before.set(`${stream}/${partition}`, await recordsOf(log, stream, partition))
      await log.close()
      // All of it is lost.
      await removeLog(settings)
      rmSync(at("seal"), { recursive: true })
    }, STEP_MS)
    afterAll(async () => {
      await removeLog(next)
      rmSync(root, { recursive: true, force: true })
    }, STEP_MS)

    it("is the same log, as of one moment of each partition, and shows that it is whole", {
      timeout: STEP_MS,
    }, async () => {
      const restored = await run(["restore", "copy", "--data", "restored", "--roots", "roots.json", "--digest", digest])
      expect(restored.code, `${restored.out}${restored.err}`).toBe(0)
      expect(JSON.parse(restored.out)).toMatchObject({ restored: true, findings: [] })
      expect(JSON.parse(restored.out).leaves).toBeGreaterThan(100)
      const copy = await openEmbedded({ dir: at("restored"), readOnly: true })
      expect([copy.epoch, copy.genesis, copy.partitions]).toEqual([log.epoch, log.genesis, PARTITIONS])
      let gaps = 0
      for (const [name, all] of before) {
        const [stream, partition] = [
          name.slice(0, name.lastIndexOf("/")),
          Number(name.slice(name.lastIndexOf("/") + 1)),
        ]
        const kept = await recordsOf(copy, stream, partition)
        expect(kept.length, name).toBeLessThanOrEqual(all.length)
        for (const [n, { offset, time, key, value }] of kept.entries()) {
          const was = all[n]!
          expect([offset, time, Buffer.compare(key, was.key), Buffer.compare(value, was.value)], name).toEqual([
            was.offset,
            was.time,
            0,
            0,
          ])
          if (n > 0 && offset > kept[n - 1]!.offset + 1) gaps++
        }
      }
      // Markers of transactions, which nobody reads.
      expect(gaps).toBeGreaterThan(10)
      await copy.close()
    })

    it("goes on in the directory, with one decision for each message that it has", { timeout: STEP_MS }, async () => {
      const node = await open("restored", null)
      await node.settled()
      // What waited when the copy was made is judged now, and comes to what it came to on Kafka.
      let all = 0
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const { end } = await node.log.bounds({ stream: STREAMS.submitted, partition })
        const here = await decidedOf((stream) => recordsOf(node.log, stream, partition))
        const there = await decidedOf(async (stream) => before.get(`${stream}/${partition}`)!)
        expect(here).toEqual(there.filter(([offset]) => offset < end))
        all += here.length
      }
      expect(all).toBeGreaterThan(12 * 10)
      const verifiedOf = async (device: Device): Promise<number> =>
        (await outcomes(node.log, device)).filter((outcome) => outcome === "verified").length
      const earlier = await Promise.all(quiet.map(verifiedOf))
      for (const device of quiet) await say(node.log, device)
      await node.settled()
      expect(await Promise.all(quiet.map(verifiedOf))).toEqual(earlier.map((count) => count + 1))
      await node.close()
      const verified = await run([
        "verify",
        "restored",
        "--key",
        "copy/data/vkeys",
        "--roots",
        "roots.json",
        "--streams",
      ])
      expect(verified.code, verified.out).toBe(0)
      const replayed = await run(["replay", "--data", "restored", "--roots", "roots.json"])
      expect(replayed.code, replayed.out).toBe(0)
    })

    it("goes back to brokers as the next epoch, with the devices' states", { timeout: STEP_MS }, async () => {
      const grow = (...more: ReadonlyArray<string>) =>
        run(["topics", "grow", "--from-data", "restored", "--replication", "1", ...more], onKafka(settings))
      const planned = await grow("--partitions", String(PARTITIONS))
      expect(planned.code, planned.err).toBe(0)
      writeFileSync(at("epoch.dsse"), dsseSign(EPOCH_TYPE, Buffer.from(planned.out), world.roots.slice(0, 2)))
      const grown = await grow("--item", "epoch.dsse", "--to-prefix", next.prefix, "--roots", "roots.json")
      expect(grown.code, grown.err).toBe(0)
      expect(JSON.parse(grown.out).moved).toBeGreaterThanOrEqual(12)
      const node = await open("seal-2", next)
      await node.settled()
      for (const device of quiet) await say(node.log, device)
      await node.settled()
      for (const device of quiet) expect(await outcomes(node.log, device)).toEqual(["verified"])
      expect(node.log.epoch).toBe(2)
      await node.close()
      const verified = await run(["verify", "seal-2", "--key", at("seal-2/vkeys")], onKafka(next))
      expect(verified.code, verified.out).toBe(0)
    })
  })

  it("names what it cannot do", { timeout: STEP_MS }, async () => {
    const cwd = mkdtempSync(join(tmpdir(), "assay-backup-kafka-"))
    const { code, err } = await assay(["backup", "copy", "--sealed"], { cwd })
    expect([code, err]).toEqual([2, expect.stringContaining("--sealed is for LOG=kafka")])
    rmSync(cwd, { recursive: true })
  })
})
