/**
 * A topic that was deleted and made anew begins at offset 0, and those who had read the former one stand behind its end:
 * they must not wait there until it has grown past them, with all that came before skipped in silence.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Device } from "@assay/fleet"
import { STREAMS } from "@assay/streams"
import { describeKafka } from "@assay/testkit/kafka"
import type { Origin } from "@assay/trust"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Attacked, keyOf, until } from "./attacked-deployment.ts"

describeKafka("a topic that was deleted and made anew", () => {
  let deployment: Attacked
  let homes: ReadonlyArray<Device>
  const dir = mkdtempSync(join(tmpdir(), "assay-replaced-"))

  beforeAll(async () => {
    deployment = await Attacked.open("chained", { dir, seal: true, stallMs: 3_000 })
    homes = [0, 1].map((partition) => {
      for (let n = 0; ; n++) {
        const device = deployment.world.device(`replaced ${n}`)
        if (deployment.home(device) === partition) return device
      }
    })
    for (const device of homes) await deployment.say(device, device.presentation())
    for (const device of homes) await isDecided(await deployment.say(device))
    await deployment.opened.settled()
  }, 60_000)
  afterAll(async () => {
    await deployment.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const isDecided = (origin: Origin): Promise<void> =>
    until(async () => (await deployment.outcomes()).has(keyOf(origin)), `${keyOf(origin)} decided`)

  const replace = async (stream: string): Promise<void> => {
    const topic = deployment.topic(stream)
    await deployment.admin.deleteTopics({ topics: [topic] })
    await until(async () => !(await deployment.admin.listTopics()).includes(topic), "deleted")
    const configEntries = [{ name: "message.timestamp.type", value: "LogAppendTime" }]
    await until(
      () =>
        deployment.admin.createTopics({ topics: [{ topic, numPartitions: 2, configEntries }] }).catch((cause) => {
          if (cause.type === "TOPIC_ALREADY_EXISTS") return false
          throw cause
        }),
      "made anew",
    )
  }
  const tells = (pattern: RegExp): Promise<void> =>
    until(() => pattern.test(deployment.opened.notReady() ?? ""), `reported: ${pattern}`).catch((cause) => {
      throw new Error(
        `${cause.message}; but: ${deployment.opened.notReady()}; ${deployment.problems.map(({ what, cause }) => `${what}: ${cause}`).join("; ")}`,
      )
    })
  const halted = async (): Promise<ReadonlyArray<string>> => {
    const text = await deployment.opened.metrics.scrape()
    return text.split("\n").filter((line) => /^assay_partition_halted\{.*\} 1$/.test(line))
  }

  it("is not sealed on, also where that happened under a running sealer", async () => {
    await replace(STREAMS.audit)
    await tells(
      /the sealer of partition [01] stopped: audit\.events\.v1\/[01]: the stream ends at \d+, before offset \d+/,
    )
    await until(() => deployment.opened.sealer!.seals().every(({ stopped }) => stopped), "both have stopped")
    await deployment.opened.close()
    await deployment.start()
    await tells(
      /the sealer of partition [01] stopped: audit\.events\.v1\/[01]: the stream ends at \d+, before offset \d+/,
    )
    // Judging goes on without.
    await isDecided(await deployment.say(homes[0]!))
    await deployment.opened.close()
  })

  it("is not judged on: the partitions halt, at the start", async () => {
    await replace(STREAMS.submitted)
    deployment.problems.length = 0
    const before = (await deployment.outcomes()).size
    const said = await deployment.say(homes[1]!)
    await deployment.start({ seal: false })
    for (const partition of [0, 1])
      await tells(
        new RegExp(
          `chained of partition ${partition}: halted: telemetry\\.submitted\\.v1/${partition}: the stream ends at \\d+, before offset \\d+ that the group has read up to: the topic was deleted, truncated or replaced`,
        ),
      )
    expect(deployment.problems.map(({ what }) => what).sort()).toEqual([
      expect.stringMatching(/^ALARM: chained of partition 0/),
      expect.stringMatching(/^ALARM: chained of partition 1/),
    ])
    expect(await halted()).toHaveLength(2)
    expect(deployment.opened.node.runners()).toEqual([])
    expect((await deployment.outcomes()).size).toBe(before)
    expect(said.offset).toBe(0)
    await deployment.opened.close()
  })
})

describeKafka("a topic that is deleted and made anew under a running deployment", () => {
  it("halts the partitions that had read it, within the time in which a stall is noticed", async () => {
    const deployment = await Attacked.open("chained", { stallMs: 3_000 })
    const device = deployment.world.device("replaced")
    await deployment.say(device, device.presentation())
    await deployment.opened.settled()
    const topic = deployment.topic(STREAMS.submitted)
    await deployment.admin.deleteTopics({ topics: [topic] })
    await until(() => /halted: .*: the stream ends at 0, before/.test(deployment.opened.notReady() ?? ""), "halted")
    expect(deployment.problems.map(({ what }) => what)).toContainEqual(
      expect.stringMatching(/^ALARM: chained of partition/),
    )
    await deployment.close()
  })
})
