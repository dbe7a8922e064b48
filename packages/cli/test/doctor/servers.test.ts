/** The servers beside the log, real ones, and none at all. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openEmbedded } from "@assay/log/embedded"
import { openReadModel } from "@assay/read-model"
import { encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { auditEvent } from "@assay/testkit/audit-event"
import { canStartRedis, sayWhatIsSkipped, testRedis } from "@assay/testkit/redis"
import { sharedRegistry, skipsRegistry } from "@assay/testkit/registry"
import * as Redacted from "effect/Redacted"
import { expect, it } from "vitest"
import { redisFinding, registryFinding } from "../../src/doctor/servers.ts"

const FILE = "packages/cli/test/doctor/servers.test.ts"
const STEP_MS = 120_000
const noRegistry = await skipsRegistry(FILE)
sayWhatIsSkipped(FILE)

const withLog = async (use: (log: Awaited<ReturnType<typeof openEmbedded>>) => Promise<void>): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), "assay-doctor-"))
  const log = await openEmbedded({ dir, partitions: 1 })
  try {
    await use(log)
  } finally {
    await log.close()
    rmSync(dir, { recursive: true })
  }
}

it("a registry that does not answer; none is asked where none is set", async () => {
  expect(await registryFinding({}, "")).toEqual([])
  expect(await registryFinding({ SCHEMA_REGISTRY_URL: "http://127.0.0.1:1" }, "")).toMatchObject([
    { check: "registry", state: "fail" },
  ])
})

it.skipIf(noRegistry)("a registry without this version's schemas", { timeout: STEP_MS }, async () => {
  const { url } = await sharedRegistry()
  expect(await registryFinding({ SCHEMA_REGISTRY_URL: url }, "doctor-empty.")).toMatchObject([
    { check: "registry", state: "fail", found: expect.stringMatching(/ subjects differ: doctor-empty\./) },
  ])
})

it("a Redis that does not answer; none is asked where none is set", () =>
  withLog(async (log) => {
    expect(await redisFinding(log, {}, "", 0)).toEqual([])
    expect(await redisFinding(log, { REDIS_URL: "redis://127.0.0.1:1" }, "", 0)).toMatchObject([
      { check: "read model", state: "fail" },
    ])
  }))

it.skipIf(!canStartRedis)("a Redis without a model, with one, and with one that is behind", { timeout: STEP_MS }, () =>
  withLog(async (log) => {
    const redis = await testRedis()
    try {
      const environment = { REDIS_URL: redis.url }
      const look = async (now: number) => (await redisFinding(log, environment, "", now))[0]
      expect(await look(Date.now())).toMatchObject({ state: "warn", found: expect.stringContaining("no model") })
      const model = openReadModel(log, { redisUrl: Redacted.make(redis.url) })
      await model.rebuild()
      model.close()
      expect(await look(Date.now())).toMatchObject({ state: "ok" })
      const value = encodeAudit(auditEvent(0))
      await log.append({ stream: STREAMS.audit, partition: 0 }, [{ key: Buffer.alloc(0), value }])
      expect(await look(Date.now() + 60_000)).toMatchObject({
        state: "fail",
        found: expect.stringContaining("up to 1 "),
      })
    } finally {
      await redis.remove()
    }
  }),
)
