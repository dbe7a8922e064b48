/** A principal with the role whatif, on a broker that refuses what nobody allowed: it derives traffic again, and changes nothing. */
import { join } from "node:path"
import { ForbiddenError } from "@assay/log"
import { openLog, readLogConfiguration } from "@assay/node/log"
import { STREAMS } from "@assay/streams"
import type { Done } from "@assay/testkit/cli"
import { describeBroker } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { openRoleDeployment, type RoleDeployment } from "./role-deployment.ts"

const STEP_MS = 300_000

describeBroker("the role whatif", () => {
  let deployment: RoleDeployment
  const whatif = (...args: ReadonlyArray<string>): Promise<Done> => deployment.call(...args)
  /** The settings that name files, by their whole paths: this process works elsewhere. */
  const withFiles = (settings: Record<string, string>): Record<string, string> => ({
    ...settings,
    KAFKA_TLS_CA: join(deployment.cwd, settings["KAFKA_TLS_CA"]!),
    KAFKA_SASL_PASSWORD_FILE: join(deployment.cwd, settings["KAFKA_SASL_PASSWORD_FILE"]!),
  })

  beforeAll(async () => {
    deployment = await openRoleDeployment("whatif")
  }, STEP_MS)
  afterAll(() => deployment?.close(), STEP_MS)

  const derive = (...more: ReadonlyArray<string>): Promise<Done> =>
    whatif("whatif", "--policy", "plant/policy.yaml", "--roots", "plant/roots.json", "--json", ...more)

  it("derives what was submitted, and finds nothing newly denied", { timeout: STEP_MS }, async () => {
    await vi.waitFor(
      async () => {
        const done = await derive()
        expect(done, done.err).toMatchObject({ code: 0 })
        expect(JSON.parse(done.out)).toMatchObject({
          compared: 1,
          denied: { messages: 0 },
          notDerived: { messages: 0 },
        })
      },
      { timeout: 120_000, interval: 500 },
    )
  })

  it("may write to no stream, and reads no decided message", { timeout: STEP_MS }, async () => {
    for (const stream of ["quarantined", "verified", "checkpoints"])
      expect((await whatif("tail", stream, "--from", "0", "--no-follow")).err, stream).toMatch(
        /may not (see|read) .*with assay topics apply/,
      )
    const producer = await openLog(readLogConfiguration(withFiles(deployment.as("whatif"))), null, {
      streams: [STREAMS.submitted],
    })
    try {
      await expect(
        producer.append({ stream: STREAMS.submitted, partition: 0 }, [
          { key: Buffer.alloc(0), value: Buffer.from("x") },
        ]),
      ).rejects.toThrow(ForbiddenError)
    } finally {
      await producer.close()
    }
  })
})
