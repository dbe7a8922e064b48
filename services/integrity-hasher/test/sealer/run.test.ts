import { describe, expect, test } from "vitest"
import { runSealer } from "../../src/sealer/run.ts"
import { AUDIT, openPlant, recordsOf } from "./plant.ts"

describe("a running sealer", () => {
  test("seals what comes, settles, and seals the rest when it stops", async () => {
    const plant = await openPlant()
    const running = runSealer(plant.sealer(), { log: plant.log, partition: 0, intervalMs: 20 })
    await plant.log.append(AUDIT, recordsOf(0, 100))
    await running.settled()
    expect(running.metrics()).toMatchObject({ size: 100, failures: 0 })
    await plant.log.append(AUDIT, recordsOf(100, 150))
    await running.stop()
    expect(running.metrics().size).toBe(150)
  })

  test("retries after a failure, and alarms while events stay unsealed", async () => {
    const plant = await openPlant()
    let broken = true
    const ages: Array<number> = []
    const problems: Array<boolean> = []
    const failed = Promise.withResolvers<void>()
    const alarmed = Promise.withResolvers<void>()
    const calm = Promise.withResolvers<void>()
    const sealer = plant.sealer((step) => {
      if (broken && step === "staged") throw new Error("disk full")
    })
    const running = runSealer(sealer, {
      log: plant.log,
      partition: 0,
      intervalMs: 10,
      alarmAfterMs: 1000,
      now: () => 1_790_000_100_000,
      onAlarm: (age) => {
        ages.push(age)
        if (age > 0) alarmed.resolve()
        else calm.resolve()
      },
      onProblem: (_cause, fatal) => {
        problems.push(fatal)
        failed.resolve()
      },
    })
    await plant.log.append(AUDIT, recordsOf(0, 10))
    await failed.promise
    await alarmed.promise
    expect(ages[0]).toBeGreaterThan(90_000)
    broken = false
    await running.settled()
    await calm.promise
    expect(running.metrics()).toMatchObject({ size: 10, unsealedAgeMs: 0 })
    expect(problems).not.toContain(true)
    await running.stop()
  })

  test("stops for good when another sealer took over, and says so to everybody who waits", async () => {
    const plant = await openPlant()
    const other = plant.sealer()
    const sealer = plant.sealer()
    await plant.log.append(AUDIT, recordsOf(0, 5))
    await sealer.seal()
    await plant.log.append(AUDIT, recordsOf(5, 10))
    await other.seal()
    await plant.log.append(AUDIT, recordsOf(10, 15))
    const fatal: Array<boolean> = []
    const running = runSealer(sealer, {
      log: plant.log,
      partition: 0,
      intervalMs: 10,
      onProblem: (_cause, f) => fatal.push(f),
    })
    await expect(running.settled()).rejects.toMatchObject({ code: "fenced" })
    await expect(running.stop()).rejects.toMatchObject({ code: "fenced" })
    expect(fatal).toEqual([true])
  })
})
