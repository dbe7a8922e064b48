/**
 * A foreign producer that leaves a transaction open on submitted holds back every reader of the partition, and nobody's lag
 * shows it. It is told where readiness is asked for; once it is over, all is decided.
 */
import { STREAMS } from "@assay/streams"
import { describeKafka } from "@assay/testkit/kafka"
import { expect, it } from "vitest"
import { Attacked, keyOf, until } from "./attacked.ts"

describeKafka("a transaction that somebody leaves open", () => {
  it("is told by readiness, restarts nothing, and holds back only until it is over", async () => {
    const house = await Attacked.open("chained", { stallMs: 600 })
    const [here, there] = [0, 1].map((partition) => {
      for (let n = 0; ; n++) {
        const device = house.world.device(`held ${n}`)
        if (house.home(device) === partition) return device
      }
    }) as [ReturnType<typeof house.world.device>, ReturnType<typeof house.world.device>]
    await house.house.settled()
    await until(() => house.house.notReady() === null, "ready")
    const producer = house.kafka.producer({
      transactionalId: `${house.settings.prefix}foreign`,
      maxInFlightRequests: 1,
      transactionTimeout: 60_000,
    })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic: house.topic(STREAMS.submitted), messages: [{ partition: 0, value: "open" }] })
    const held = [await house.say(here, here.presentation()), await house.say(here)]
    const free = [await house.say(there, there.presentation()), await house.say(there)]
    await until(() => house.house.notReady() !== null, "told")
    expect(house.house.notReady()).toMatch(
      /^chained of partition 0: up to 3 entries cannot be read for \d+ s: a producer keeps a transaction open/,
    )
    expect((await house.outcomes()).get(keyOf(free[1]!))).toHaveLength(1)
    expect((await house.outcomes()).has(keyOf(held[1]!))).toBe(false)

    const shown = async (name: string): Promise<number> => {
      const start = `assay_held_back_${name}{group="chained",partition="0"} `
      const line = (await house.house.metrics.scrape()).split("\n").find((one) => one.startsWith(start))
      return Number(line?.slice(start.length))
    }
    await until(async () => (await shown("time_seconds")) > 1, "shown as held back")
    expect(await shown("records")).toBeGreaterThan(0)

    await transaction.abort()
    await producer.disconnect()
    await until(async () => (await house.outcomes()).has(keyOf(held[1]!)), "decided")
    await until(() => house.house.notReady() === null, "ready again")
    expect((await house.outcomes()).get(keyOf(held[1]!))).toEqual([expect.stringMatching(/annotated|verified/)])
    await until(async () => (await shown("time_seconds")) === 0, "shown as free")
    expect(house.problems).toEqual([])
    await house.close()
  })
})
