/**
 * What operators and retention do to a log behind a house's back: positions that are moved or forgotten, records that are
 * gone, another topology, a second house. Nothing is skipped or decided twice in silence.
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
import { Attacked, keyOf, until } from "./attacked.ts"

describeKafka("a log on Kafka", () => {
  let house: Attacked
  let homes: ReadonlyArray<Device>
  const dir = mkdtempSync(join(tmpdir(), "assay-life-"))
  const group = (): string => `${house.settings.prefix}chained`
  const submitted = (): string => house.topic(STREAMS.submitted)

  beforeAll(async () => {
    house = await Attacked.open("chained")
    homes = [0, 1].map((partition) => {
      for (let n = 0; ; n++) {
        const device = house.world.device(`life ${n}`)
        if (house.home(device) === partition) return device
      }
    })
    for (const device of homes) await house.say(device, device.presentation())
    await isDecided(await house.say(homes[0]!), await house.say(homes[1]!))
  }, 60_000)
  afterAll(async () => {
    await house.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const isDecided = async (...origins: ReadonlyArray<Origin>): Promise<void> => {
    for (const origin of origins)
      await until(async () => (await house.outcomes()).has(keyOf(origin)), `${keyOf(origin)} decided`)
    const outcomes = await house.outcomes()
    for (const origin of origins)
      expect(outcomes.get(keyOf(origin))).toEqual([expect.stringMatching(/annotated|verified/)])
  }

  it("that is run in the other topology is refused", async () => {
    await expect(house.start({ topology: "staged" })).rejects.toThrow(
      /ASSAY_TOPOLOGY is staged, but this log was run chained/,
    )
  })

  it("whose group was moved in a partition halts there, in either direction, and what was moved back goes on", async () => {
    await house.house.close()
    const before = await house.admin.fetchOffsets({ groupId: group(), topics: [submitted()] })
    const { offset, partition } = before[0]!.partitions.find((one) => one.partition === 1)!
    const move = (to: number) => house.moveGroup("chained", STREAMS.submitted, partition, to)
    for (const by of [-1, 1]) {
      await move(Number(offset) + by)
      await house.start()
      const told = new RegExp(
        `^chained of partition 1: halted: group chained is at offset ${Number(offset) + by} of telemetry.submitted.v1/1, but its state .* ${offset}`,
      )
      await until(() => told.test(house.house.notReady() ?? ""), "halted")
      await isDecided(await house.say(homes[0]!))
      await house.house.close()
    }
    await move(Number(offset))
    await house.start()
    await isDecided(await house.say(homes[0]!), await house.say(homes[1]!))
  })

  it("whose group the brokers forgot goes on where its state is", async () => {
    await house.house.close()
    await house.admin.deleteGroups([group()])
    const said = [await house.say(homes[0]!), await house.say(homes[1]!)]
    await house.start()
    await isDecided(...said)
    const decided = [...(await house.outcomes()).values()]
    expect(decided.every((outcomes) => outcomes.length === 1)).toBe(true)
  })

  it("that two houses open at once is shared by them; a second sealer of one directory is refused", async () => {
    await house.house.close()
    const options = {
      dir: null,
      kafka: house.settings,
      roots: house.world.rootSet,
      topology: "chained" as const,
      tickMs: 0,
      seal: false,
      verifyThreads: 1,
    }
    const [other] = await Promise.all([openNode(SERVICES, options), house.start({ dir, seal: true })])
    const said = [await house.say(homes[0]!), await house.say(homes[1]!)]
    await isDecided(...said)
    const second = await openNode(SERVICES, { ...options, dir, seal: true })
    expect(second.sealer!.alarm()).toMatch(
      /nothing is sealed here, and it is tried again: .* is open in another writer/,
    )
    await second.close()
    await other.close()
    await isDecided(await house.say(homes[0]!), await house.say(homes[1]!))
    expect([...(await house.outcomes()).values()].every((outcomes) => outcomes.length === 1)).toBe(true)
  })

  it("whose audit stream was cut below what is sealed is not sealed on, and that is told", async () => {
    await house.house.sealer!.settled()
    await house.house.close()
    house.problems.length = 0
    await house.start()
    await isDecided(await house.say(homes[0]!))
    await house.house.close()
    const { end } = await house.log.bounds({ stream: STREAMS.audit, partition: 0 })
    await house.deleteBefore(STREAMS.audit, 0, end)
    await house.start({ dir, seal: true })
    await until(
      () => house.house.notReady()?.includes("gone before they were read") === true,
      "the alarm of the sealer",
    )
    await isDecided(await house.say(homes[0]!), await house.say(homes[1]!))
    await house.house.close()
  })

  it("of which records are gone before they were judged halts in that partition alone", async () => {
    house.problems.length = 0
    await house.say(homes[0]!)
    await house.say(homes[0]!)
    const { end } = await house.log.bounds({ stream: STREAMS.submitted, partition: 0 })
    await house.deleteBefore(STREAMS.submitted, 0, end)
    await house.start()
    const free = await house.say(homes[1]!)
    await until(() => house.house.notReady()?.includes("halted") === true, "halted")
    expect(house.house.notReady()).toMatch(
      /^chained of partition 0: halted: telemetry\.submitted\.v1\/0: the records from offset \d+ to \d+ are gone/,
    )
    await isDecided(free)
    expect(house.problems.map(({ what }) => what)).toEqual([expect.stringMatching(/^ALARM: chained of partition 0/)])
  })
})
