/**
 * A deployment whose records bear the ids of a schema registry, copied while it works, and lost with its registry. The copy is read,
 * verified, replayed and gone on from without one, and goes back to brokers beside another registry, which has other ids.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { EPOCH_TYPE } from "@assay/knowledge"
import { type Log, partitionOf, recordsIn } from "@assay/log"
import { openLog } from "@assay/node/log"
import { decodeAssayed, useEmbeddedIds } from "@assay/schemas"
import { type KeptSchemas, registryClient, STREAM_SCHEMAS } from "@assay/schemas/registry"
import { STREAMS } from "@assay/streams"
import { assayProcess, type Node, startNode } from "@assay/testkit/cli"
import { describeKafka } from "@assay/testkit/kafka"
import { skipsRegistry, startTestRegistry, type TestRegistry } from "@assay/testkit/registry"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { makeLog, removeLog } from "../kafka/attacked-deployment.ts"

const STEP_MS = 600_000
const PARTITIONS = 2
const ROUNDS = 10
const skip = await skipsRegistry("test/system/record/backup-with-registry.long.test.ts")

/** Ids are given out in the order of registration, so those of two registries differ. */
const startRegistry = async (foreign: number): Promise<TestRegistry> => {
  const registry = await startTestRegistry()
  const client = registryClient({ url: registry.url, user: null, password: null })
  for (let n = 0; n < foreign; n++)
    await client.register(`foreign-${n}`, JSON.stringify({ type: "record", name: `Foreign${n}`, fields: [] }))
  return registry
}

const idOf = (value: Uint8Array): number => Buffer.from(value).readUInt32BE(1)

describeKafka("a backup of a deployment with a schema registry", () => {
  describe.skipIf(skip)("and both lost", () => {
    const root = mkdtempSync(join(tmpdir(), "assay-backup-registry-"))
    const at = (name: string): string => join(root, name)
    const registries: Array<TestRegistry> = []
    let settings: KafkaSettings
    let next: KafkaSettings
    let world: World
    let devices: ReadonlyArray<Device>
    let digest = ""

    const call = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
      assayProcess([...args, "--json"], { cwd: root, env })
    const done = async (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
      const { code, out, err } = await call(args, env)
      expect(code, `${args.join(" ")}: ${out}${err}`).toBe(0)
      return JSON.parse(out)
    }
    const on = ({ brokers, prefix }: KafkaSettings, registry: TestRegistry) => ({
      LOG: "kafka",
      KAFKA_BROKERS: brokers.join(),
      KAFKA_ALLOW_INSECURE: "true",
      ASSAY_STREAM_PREFIX: prefix,
      SCHEMA_REGISTRY_URL: registry.url,
    })
    /** In this process, which has the ids of one registry at a time. */
    const openOn = (kafka: KafkaSettings, { url }: TestRegistry): Promise<Log> => {
      useEmbeddedIds()
      return openLog({ kafka, registry: { url, user: null, password: null } }, null)
    }
    const run = (dir: string, env: Readonly<Record<string, string>>): Promise<Node> =>
      startNode(["--data", dir, "--roots", "roots.json", "--topology", "chained"], { cwd: root, env })
    const settled = (log: Log): Promise<void> =>
      vi.waitFor(
        async () => {
          for (let partition = 0; partition < PARTITIONS; partition++) {
            const submitted = { stream: STREAMS.submitted, partition }
            const [position, { end }] = [await log.position("chained", submitted), await log.bounds(submitted)]
            expect(position).toBeGreaterThanOrEqual(end)
          }
        },
        { timeout: 60_000, interval: 200 },
      )
    const say = async (to: Log, device: Device, { bytes } = device.message()): Promise<void> => {
      const key = Buffer.from(device.did)
      const partition = partitionOf(key, to.partitions)
      await to.append({ stream: STREAMS.submitted, partition }, [encodeSubmitted(key, envelopeOf(bytes))])
    }
    const outcomesOf = async (log: Log): Promise<Record<string, number>> => {
      const found: Record<string, number> = {}
      for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined])
        for (let partition = 0; partition < PARTITIONS; partition++)
          for await (const { value } of recordsIn(log, stream, partition)) {
            const { outcome } = decodeAssayed(value).decision!
            found[outcome] = (found[outcome] ?? 0) + 1
          }
      return found
    }
    /** The ids of all records on streams that have a subject. */
    const idsIn = async (log: Log): Promise<Set<number>> => {
      const found = new Set<number>()
      for (const key of Object.keys(STREAM_SCHEMAS) as ReadonlyArray<keyof typeof STREAM_SCHEMAS>)
        for (let partition = 0; partition < PARTITIONS; partition++)
          for await (const { value } of recordsIn(log, STREAMS[key], partition)) found.add(idOf(value))
      return found
    }
    const keptIds = (): Set<number> => {
      const { subjects } = JSON.parse(readFileSync(at("copy/data/schemas.json"), "utf8")) as KeptSchemas
      return new Set(subjects.flatMap(({ versions }) => versions.map(({ id }) => id)))
    }

    beforeAll(async () => {
      const registry = await startRegistry(40)
      registries.push(registry)
      settings = await makeLog(PARTITIONS)
      next = { ...settings, prefix: `${settings.prefix.slice(0, -1)}n.` }
      const env = on(settings, registry)
      await done(["schemas", "apply"], env)
      const log = await openOn(settings, registry)
      world = new World({ seed: settings.prefix, now: Math.ceil(log.genesis / 1000) + 1, log })
      writeFileSync(at("roots.json"), JSON.stringify(world.rootSet))
      devices = Array.from({ length: 6 }, (_, n) => world.device(`device ${n}`))
      const node = await run("seal", env)
      await publishKnowledge(log, "bundle", world.signedBundle)
      await publishKnowledge(log, "policy", world.signedPolicy)
      for (const device of devices) await say(log, device, device.presentation())
      await settled(log)
      for (let round = 0; round < ROUNDS; round++) for (const device of devices) await say(log, device)
      await settled(log)
      digest = (await done(["backup", "copy", "--data", "seal"], env)).digest
      await node.stop("SIGTERM")
      expect((await outcomesOf(log))["verified"]).toBeGreaterThan(0)
      await log.close()
      // All of it is lost.
      await removeLog(settings)
      await registry.end()
      rmSync(at("seal"), { recursive: true })
    }, STEP_MS)
    afterAll(async () => {
      await removeLog(next)
      for (const registry of registries) await registry.end()
      rmSync(root, { recursive: true, force: true })
    }, STEP_MS)

    it("is restored, verified and replayed with no registry", { timeout: STEP_MS }, async () => {
      const restored = await done([
        ...["restore", "copy", "--data", "restored", "--roots", "roots.json", "--digest", digest],
      ])
      expect(restored).toMatchObject({ restored: true, findings: [] })
      expect(restored.leaves).toBeGreaterThan(ROUNDS)
      await done(["verify", "restored", "--key", "copy/data/vkeys", "--roots", "roots.json", "--streams"])
      await done(["replay", "--data", "restored", "--roots", "roots.json"])
      expect(Math.min(...keptIds())).toBeGreaterThan(40)
    })

    it("says so where a schema was changed or is missing", { timeout: STEP_MS }, async () => {
      const text = readFileSync(at("copy/data/schemas.json"), "utf8")
      writeFileSync(at("copy/data/schemas.json"), text.replace('"version": 1', '"version": 9'))
      const { code, out } = await call(["restore", "copy", "--data", "other", "--roots", "roots.json"])
      expect([code, out]).toEqual([1, expect.stringContaining("schemas.json is not what was backed up")])
      writeFileSync(at("copy/data/schemas.json"), text)
    })

    it("is gone on from in the directory, under the ids of then", { timeout: STEP_MS }, async () => {
      const node = await run("restored", {})
      useEmbeddedIds()
      const log = await openLog({ kafka: null }, at("restored"), { readOnly: true })
      await settled(log)
      await node.stop("SIGTERM")
      expect([...(await idsIn(log))].filter((id) => !keptIds().has(id))).toEqual([])
      expect((await outcomesOf(log))["verified"]).toBeGreaterThan(0)
      await log.close()
    })

    it("goes back to brokers beside a registry that has other ids", { timeout: STEP_MS }, async () => {
      const registry = await startRegistry(140)
      registries.push(registry)
      const env = on(settings, registry)
      await done(["schemas", "apply", "--prefix", next.prefix], env)
      const grow = (...more: ReadonlyArray<string>) =>
        done(["topics", "grow", "--from-data", "restored", "--replication", "1", ...more], env)
      const planned = await grow("--partitions", String(PARTITIONS))
      const item = Buffer.from(`${JSON.stringify(planned, null, 2)}\n`)
      writeFileSync(at("epoch.dsse"), dsseSign(EPOCH_TYPE, item, world.roots.slice(0, 2)))
      const grown = await grow("--item", "epoch.dsse", "--to-prefix", next.prefix, "--roots", "roots.json")
      expect(grown.moved).toBeGreaterThanOrEqual(devices.length)
      const node = await run("seal-2", on(next, registry))
      const log = await openOn(next, registry)
      await settled(log)
      for (const device of devices) await say(log, device)
      await settled(log)
      await node.stop("SIGTERM")
      expect(await outcomesOf(log)).toEqual({ verified: devices.length })
      const ids = await idsIn(log)
      expect(Math.min(...ids)).toBeGreaterThan(140)
      expect([...ids].filter((id) => keptIds().has(id))).toEqual([])
      await log.close()
      await done(["verify", "seal-2", "--key", at("seal-2/vkeys")], on(next, registry))
    })
  })
})
