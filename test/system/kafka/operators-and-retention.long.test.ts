/**
 * What operators and retention do to a log behind a deployment's back: positions that are moved or forgotten, records that are
 * gone, another topology, a second deployment. Nothing is skipped or decided twice in silence.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import type { Device } from "@assay/fleet"
import { openNode } from "@assay/node"
import { STREAMS } from "@assay/streams"
import { describeKafka } from "@assay/testkit/kafka"
import type { Origin } from "@assay/trust"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Attacked, keyOf, until } from "./attacked-deployment.ts"

describeKafka("a log on Kafka", () => {
  let deployment: Attacked
  let homes: ReadonlyArray<Device>
  const dir = mkdtempSync(join(tmpdir(), "assay-life-"))
  const group = (): string => `${deployment.settings.prefix}chained`
  const submitted = (): string => deployment.topic(STREAMS.submitted)

  beforeAll(async () => {
    deployment = await Attacked.open("chained")
    homes = [0, 1].map((partition) => {
      for (let n = 0; ; n++) {
        const device = deployment.world.device(`life ${n}`)
        if (deployment.home(device) === partition) return device
      }
    })
    for (const device of homes) await deployment.say(device, device.presentation())
    await isDecided(await deployment.say(homes[0]!), await deployment.say(homes[1]!))
  }, 60_000)
  afterAll(async () => {
    await deployment.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const isDecided = async (...origins: ReadonlyArray<Origin>): Promise<void> => {
    for (const origin of origins)
      await until(async () => (await deployment.outcomes()).has(keyOf(origin)), `${keyOf(origin)} decided`)
    const outcomes = await deployment.outcomes()
    for (const origin of origins)
      expect(outcomes.get(keyOf(origin))).toEqual([expect.stringMatching(/annotated|verified/)])
  }

  it("that is run in the other topology is refused", async () => {
    await expect(deployment.start({ topology: "staged" })).rejects.toThrow(
      /ASSAY_TOPOLOGY is staged, but this log was run chained/,
    )
  })

  it("whose group was moved in a partition halts there, in either direction, and what was moved back goes on", async () => {
    await deployment.opened.close()
    const before = await deployment.admin.fetchOffsets({ groupId: group(), topics: [submitted()] })
    const { offset, partition } = before[0]!.partitions.find((one) => one.partition === 1)!
    const move = (to: number) => deployment.moveGroup("chained", STREAMS.submitted, partition, to)
    for (const by of [-1, 1]) {
      await move(Number(offset) + by)
      await deployment.start()
      const reason = new RegExp(
        `^chained of partition 1: halted: group chained is at offset ${Number(offset) + by} of telemetry.submitted.v1/1, but its state .* ${offset}`,
      )
      await until(() => reason.test(deployment.opened.notReady() ?? ""), "halted")
      await isDecided(await deployment.say(homes[0]!))
      await deployment.opened.close()
    }
    await move(Number(offset))
    await deployment.start()
    await isDecided(await deployment.say(homes[0]!), await deployment.say(homes[1]!))
  })

  it("whose group the brokers forgot goes on where its state is", async () => {
    await deployment.opened.close()
    await deployment.admin.deleteGroups([group()])
    const said = [await deployment.say(homes[0]!), await deployment.say(homes[1]!)]
    await deployment.start()
    await isDecided(...said)
    const decided = [...(await deployment.outcomes()).values()]
    expect(decided.every((outcomes) => outcomes.length === 1)).toBe(true)
  })

  it("that two nodes open at once is shared by them; a second process with the sealer's directory stands by", async () => {
    await deployment.opened.close()
    const options = {
      dir: null,
      kafka: deployment.settings,
      roots: deployment.world.rootSet,
      topology: "chained" as const,
      tickMs: 0,
      seal: false,
      workers: 0,
    }
    const [other] = await Promise.all([openNode(SERVICES, options), deployment.start({ dir, seal: true })])
    const said = [await deployment.say(homes[0]!), await deployment.say(homes[1]!)]
    await isDecided(...said)
    const second = await openNode(SERVICES, { ...options, dir, seal: true })
    expect(second.sealer!.alarm()).toBeNull()
    expect(second.sealer!.seals().map(({ leaves }) => leaves)).toEqual([null, null])
    await second.close()
    await other.close()
    await isDecided(await deployment.say(homes[0]!), await deployment.say(homes[1]!))
    expect([...(await deployment.outcomes()).values()].every((outcomes) => outcomes.length === 1)).toBe(true)
  })

  it("whose audit stream was cut below what is sealed is not sealed on, and that is reported", async () => {
    await deployment.opened.sealer!.settled()
    await deployment.opened.close()
    deployment.problems.length = 0
    await deployment.start()
    await isDecided(await deployment.say(homes[0]!))
    await deployment.opened.close()
    const { end } = await deployment.log.bounds({ stream: STREAMS.audit, partition: 0 })
    await deployment.deleteBefore(STREAMS.audit, 0, end)
    await deployment.start({ dir, seal: true })
    await until(
      () => deployment.opened.notReady()?.includes("gone before they were read") === true,
      "the alarm of the sealer",
    )
    await isDecided(await deployment.say(homes[0]!), await deployment.say(homes[1]!))
    await deployment.opened.close()
  })

  it("of which records are gone before they were judged halts in that partition alone", async () => {
    deployment.problems.length = 0
    await deployment.say(homes[0]!)
    await deployment.say(homes[0]!)
    const { end } = await deployment.log.bounds({ stream: STREAMS.submitted, partition: 0 })
    await deployment.deleteBefore(STREAMS.submitted, 0, end)
    await deployment.start()
    const free = await deployment.say(homes[1]!)
    await until(() => deployment.opened.notReady()?.includes("halted") === true, "halted")
    expect(deployment.opened.notReady()).toMatch(
      /^chained of partition 0: halted: telemetry\.submitted\.v1\/0: the records from offset \d+ to \d+ are gone/,
    )
    await isDecided(free)
    expect(deployment.problems.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^ALARM: chained of partition 0/),
    ])
  })
})
