/** The thread that seals on Kafka, with connections of its own, dies in the middle of a seal: the next one has the next term. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { openNode } from "@assay/node"
import { decodeCheckpoint } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { describeKafka } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { faultySealer, type SealerFault } from "../deployment/sealer-faults.ts"
import { Attacked, until } from "./attacked-deployment.ts"

const STEP_MS = 300_000
const WAIT_MS = 120_000
const services = SERVICES.map((service) => (service.name === faultySealer.name ? faultySealer : service))

describeKafka("a node that seals in a thread", () => {
  const root = mkdtempSync(join(tmpdir(), "assay-sealing-thread-"))
  const [faults, dir] = [join(root, "faults"), join(root, "seal")]
  let deployment: Attacked

  beforeAll(async () => {
    mkdirSync(faults)
    process.env["ASSAY_TEST_FAULTS"] = faults
    deployment = await Attacked.open("chained")
    await deployment.opened.close()
    deployment.opened = await openNode(services, {
      dir,
      kafka: deployment.settings,
      roots: deployment.world.rootSet,
      topology: "chained",
      tickMs: 0,
      seal: true,
      workers: 1,
      onProblem: (what, cause) => deployment.problems.push({ what, cause }),
    })
  }, STEP_MS)
  afterAll(async () => {
    await deployment.close()
    delete process.env["ASSAY_TEST_FAULTS"]
    rmSync(root, { recursive: true, force: true })
  }, STEP_MS)

  const feed = async (name: string): Promise<void> => {
    const devices = Array.from({ length: 6 }, (_, n) => deployment.world.device(`${name} ${n}`))
    for (const device of devices) await deployment.say(device, device.presentation())
    for (let n = 0; n < 10; n++) await Promise.all(devices.map((device) => deployment.say(device)))
  }
  const heads = async (partition: number): Promise<ReadonlyArray<number>> => {
    const records = await deployment.records(STREAMS.checkpoints)
    return records.filter((one) => one.partition === partition).map(({ value }) => decodeCheckpoint(value).size)
  }

  it.each(["dies-swapped", "dies-in-commit"] satisfies ReadonlyArray<SealerFault>)(
    "loses and repeats nothing where it %s",
    { timeout: STEP_MS },
    async (fault) => {
      await feed(`before ${fault}`)
      await deployment.opened.settled()
      writeFileSync(join(faults, fault), "")
      await feed(fault)
      const isReplaced = (): boolean => deployment.opened.notReady()?.includes("a fault of the test") ?? false
      await until(isReplaced, "the thread has died", WAIT_MS)
      await deployment.opened.settled()
      expect(deployment.opened.notReady()).toBeNull()
      const events = await deployment.records(STREAMS.audit)
      for (const { partition, leaves } of deployment.opened.sealer!.seals()) {
        const sizes = await heads(partition)
        expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b))
        expect(leaves).toBe(events.filter((one) => one.partition === partition).length)
        expect(sizes.at(-1)).toBe(leaves)
      }
    },
  )

  it("a stop seals what was committed last, and the log verifies", { timeout: STEP_MS }, async () => {
    await feed("last")
    await deployment.opened.close()
    const { brokers, prefix } = deployment.settings
    const env = {
      LOG: "kafka",
      KAFKA_BROKERS: brokers.join(),
      KAFKA_ALLOW_INSECURE: "true",
      ASSAY_STREAM_PREFIX: prefix,
    }
    const { code, out, err } = await assay(["verify", "seal", "--key", join(dir, "vkeys"), "--json"], {
      cwd: root,
      env,
    })
    expect(code, `${out}\n${err}`).toBe(0)
    const { reports } = JSON.parse(out) as { readonly reports: ReadonlyArray<{ readonly size: number }> }
    const events = await deployment.records(STREAMS.audit)
    expect(reports.reduce((sum, { size }) => sum + size, 0)).toBe(events.length)
  })
})
