/** Threads that judge on Kafka: the process is one member of a group, each thread has its part of the share. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES, stagesOver } from "@assay/cli/services"
import { replay } from "@assay/engine"
import { VerifyPool } from "@assay/jose/verify-pool"
import { openNode } from "@assay/node"
import { describeKafka } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { faulty } from "../deployment/worker-faults.ts"
import { Attacked, until } from "./attacked-deployment.ts"

const STEP_MS = 300_000
const WAIT_MS = 120_000
const services = SERVICES.map((service) => (service.name === faulty.name ? faulty : service))

describeKafka("a node of two threads", () => {
  const faults = mkdtempSync(join(tmpdir(), "assay-faults-"))
  let deployment: Attacked

  beforeAll(async () => {
    process.env["ASSAY_TEST_FAULTS"] = faults
    deployment = await Attacked.open("chained", { workers: 2, tickMs: 200 })
  }, STEP_MS)
  afterAll(async () => {
    await deployment.close()
    delete process.env["ASSAY_TEST_FAULTS"]
    rmSync(faults, { recursive: true, force: true })
  }, STEP_MS)

  const ready = (): Promise<void> =>
    until(async () => deployment.opened.notReady() === null, "the node is ready", WAIT_MS)
  const feed = async (name: string): Promise<void> => {
    const devices = Array.from({ length: 6 }, (_, n) => deployment.world.device(`${name} ${n}`))
    for (const device of devices) await deployment.say(device, device.presentation())
    for (let n = 0; n < 10; n++) await Promise.all(devices.map((device) => deployment.say(device)))
  }

  it("judges, and shares the partitions with another process", { timeout: STEP_MS }, async () => {
    await ready()
    await feed("first")
    await deployment.opened.settled()
    const partitions = () =>
      deployment.opened.node
        .runners()
        .map(({ partition }) => partition)
        .sort()
    expect(partitions()).toEqual([0, 1])
    const other = await openNode(SERVICES, {
      dir: null,
      kafka: deployment.settings,
      roots: deployment.world.rootSet,
      topology: "chained",
      tickMs: 0,
      seal: false,
      workers: 2,
    })
    await until(
      async () => partitions().length === 1 && other.node.runners().length === 1,
      "both have a share",
      WAIT_MS,
    )
    await feed("shared")
    await deployment.opened.settled()
    await other.close()
    await until(async () => partitions().length === 2, "the share comes back", WAIT_MS)
    expect(deployment.problems).toEqual([])
  })

  it("loses and repeats nothing where a thread dies", { timeout: STEP_MS }, async () => {
    await deployment.opened.close()
    deployment.opened = await openNode(services, {
      dir: null,
      kafka: deployment.settings,
      roots: deployment.world.rootSet,
      topology: "chained",
      tickMs: 0,
      seal: false,
      workers: 2,
      batchRecords: 16,
      onProblem: (what, cause) => deployment.problems.push({ what, cause }),
    })
    await ready()
    writeFileSync(join(faults, "dies"), "")
    await feed("dying")
    await until(async () => deployment.problems.length > 0, "a thread has died", WAIT_MS)
    expect(deployment.problems[0]!.what).toContain("a thread that judges has ended")
    await ready()
    await deployment.opened.settled()
    const pool = new VerifyPool({ size: 1 })
    const report = await replay(deployment.log, deployment.world.rootSet, stagesOver(deployment.log, pool))
    await pool.close()
    expect(report).toMatchObject({ decisions: 3 * 6 * 11, agreed: 3 * 6 * 11, differing: 0 })
  })
})
