/**
 * A foreign producer that leaves a transaction open on submitted holds back every reader of the partition, and nobody's lag
 * shows it. It shows where readiness is asked for; once it is over, all is decided.
 */
import { STREAMS } from "@assay/streams"
import { describeKafka } from "@assay/testkit/kafka"
import { expect, it } from "vitest"
import { Attacked, keyOf, until } from "./attacked-deployment.ts"

describeKafka("a transaction that somebody leaves open", () => {
  it("is reported by readiness, restarts nothing, and holds back only until it is over", async () => {
    // It writes ticks of its own behind the transaction, which brokers do not show it either.
    const deployment = await Attacked.open("chained", { stallMs: 600, tickMs: 200 })
    const [here, there] = [0, 1].map((partition) => {
      for (let n = 0; ; n++) {
        const device = deployment.world.device(`held ${n}`)
        if (deployment.home(device) === partition) return device
      }
    }) as [ReturnType<typeof deployment.world.device>, ReturnType<typeof deployment.world.device>]
    await deployment.opened.settled()
    await until(() => deployment.opened.notReady() === null, "ready")
    const producer = deployment.kafka.producer({
      transactionalId: `${deployment.settings.prefix}foreign`,
      maxInFlightRequests: 1,
      transactionTimeout: 60_000,
    })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic: deployment.topic(STREAMS.submitted), messages: [{ partition: 0, value: "open" }] })
    const held = [await deployment.say(here, here.presentation()), await deployment.say(here)]
    const free = [await deployment.say(there, there.presentation()), await deployment.say(there)]
    await until(() => deployment.opened.notReady() !== null, "reported")
    expect(deployment.opened.notReady()).toMatch(
      /^chained of partition 0: up to \d+ entries cannot be read for \d+ s: a producer keeps a transaction open/,
    )
    expect((await deployment.outcomes()).get(keyOf(free[1]!))).toHaveLength(1)
    expect((await deployment.outcomes()).has(keyOf(held[1]!))).toBe(false)

    const shown = async (name: string): Promise<number> => {
      const start = `assay_held_back_${name}{group="chained",partition="0"} `
      const line = (await deployment.opened.metrics.scrape()).split("\n").find((one) => one.startsWith(start))
      return Number(line?.slice(start.length))
    }
    await until(async () => (await shown("time_seconds")) > 1, "shown as held back")
    expect(await shown("records")).toBeGreaterThan(0)
    const stalls = (await deployment.opened.metrics.scrape()).match(/^assay_stalls_total\{.*\} \d+$/gm)
    expect(stalls).toEqual([expect.stringMatching(/ 0$/), expect.stringMatching(/ 0$/)])

    await transaction.abort()
    await producer.disconnect()
    await until(async () => (await deployment.outcomes()).has(keyOf(held[1]!)), "decided")
    await until(() => deployment.opened.notReady() === null, "ready again")
    expect((await deployment.outcomes()).get(keyOf(held[1]!))).toEqual([expect.stringMatching(/annotated|verified/)])
    await until(async () => (await shown("time_seconds")) === 0, "shown as free")
    expect(deployment.problems).toEqual([])
    await deployment.close()
  })
})
