/** A principal with the role anchor, on a broker that refuses what nobody allowed: it anchors sets of devices and of firmware. */
import { join } from "node:path"
import { ForbiddenError } from "@assay/log"
import { openLog, readLogConfiguration } from "@assay/node/log"
import { STREAMS } from "@assay/streams"
import { describeBroker } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { openRoleDeployment, type RoleDeployment } from "./role-deployment.ts"

const STEP_MS = 300_000

describeBroker("the role anchor", () => {
  let deployment: RoleDeployment
  beforeAll(async () => {
    deployment = await openRoleDeployment("anchor")
  }, STEP_MS)
  afterAll(() => deployment?.close(), STEP_MS)

  it("is enough for the sets of devices and of firmware", { timeout: STEP_MS }, async () => {
    const sets = ["--identities", "--firmware", "--roots", "plant/roots.json"]
    await vi.waitFor(
      async () => {
        const done = await deployment.call(
          "anchor",
          "run",
          "--once",
          "--data",
          "seal",
          "--state",
          "anchors",
          ...sets,
          "--json",
        )
        expect(done, done.err + done.out).toMatchObject({ code: 0 })
        expect(JSON.parse(done.out)).toMatchObject({ problems: [] })
      },
      { timeout: 120_000, interval: 500 },
    )
  })

  it("reads no message and writes nothing", { timeout: STEP_MS }, async () => {
    for (const stream of ["submitted", "verified", "quarantined", "checkpoints"])
      expect((await deployment.call("tail", stream, "--from", "0", "--no-follow")).err, stream).toMatch(
        /may not (see|read) .*with assay topics apply/,
      )
    const settings = deployment.as("anchor")
    const files = {
      KAFKA_TLS_CA: settings["KAFKA_TLS_CA"]!,
      KAFKA_SASL_PASSWORD_FILE: settings["KAFKA_SASL_PASSWORD_FILE"]!,
    }
    const whole = Object.fromEntries(Object.entries(files).map(([key, file]) => [key, join(deployment.cwd, file)]))
    const log = await openLog(readLogConfiguration({ ...settings, ...whole }), null, { streams: [STREAMS.audit] })
    try {
      const records = [{ key: Buffer.alloc(0), value: Buffer.from("x") }]
      await expect(log.append({ stream: STREAMS.audit, partition: 0 }, records)).rejects.toThrow(ForbiddenError)
    } finally {
      await log.close()
    }
  })
})
