/** Keys that the bundle names take each other's place: both count for a while, and nobody is left behind. */
import { publishKnowledge } from "@assay/engine"
import { dsseSign } from "@assay/jose"
import { COHORT_TYPE, signBundle } from "@assay/knowledge"
import { actor } from "@assay/testkit/actors"
import { closeVerifyPool } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { formatOrigin, type ReasonCode, type TrustBundle } from "@assay/trust"
import { afterAll, expect, it } from "vitest"

afterAll(closeVerifyPool)

const world = aWorld("key rotation")
const [old, , next] = world.operators
const roots = world.roots.slice(0, 2)

it("an operator's key, and an aggregator's", async () => {
  const driver = await openDriver(world)
  const device = world.device("one")
  await driver.say(device.did, device.presentation())
  await driver.settle()
  const [before, after] = [actor(), actor()]
  const bundle = async (version: number, more: Partial<TrustBundle>): Promise<void> => {
    await publishKnowledge(driver.log, "bundle", signBundle({ ...world.bundle, version, ...more }, roots))
    await driver.settle()
  }
  let seq = 0
  /** The reasons of a refusal; none where it was accepted. */
  const quarantine = async (operator: typeof old): Promise<ReadonlyArray<ReasonCode>> => {
    const command = { verb: "quarantine", target: device.did, seq: ++seq } as const
    const [origin] = await driver.command(world.command(operator!, command))
    await driver.settle()
    const audit = await driver.audit()
    return audit.find((one) => one.kind === "control" && formatOrigin(one.origin) === formatOrigin(origin!))!.reasons
  }
  let minutes = Math.floor(driver.now / 60_000)
  const cohort = async (signer: ReturnType<typeof actor>): Promise<ReadonlyArray<ReasonCode>> => {
    minutes += 1
    driver.now = minutes * 60_000 + 1_000
    const to = minutes * 60_000
    const body = { version: minutes, vendor: "acme", class: "weather", from: to - 60_000, to, measurements: [] }
    const signed = dsseSign(COHORT_TYPE, Buffer.from(JSON.stringify(body)), [signer])
    const { origins } = await publishKnowledge(driver.log, "cohort", signed)
    await driver.settle()
    const at = origins.map(formatOrigin)
    return (await driver.audit()).find((one) => one.kind === "control" && at.includes(formatOrigin(one.origin)))!
      .reasons
  }
  const rights = ["quarantine"] as const
  const named = (...operators: ReadonlyArray<typeof old>) => operators.map((one) => ({ did: one!.did, rights }))

  await bundle(10, { operators: named(old), aggregators: [before.did] })
  expect([await quarantine(old), await quarantine(next)]).toEqual([[], ["control.not_operator"]])
  expect([await cohort(before), await cohort(after)]).toEqual([[], ["control.knowledge_unsigned"]])

  await bundle(11, { operators: named(old, next), aggregators: [before.did, after.did] })
  expect([await quarantine(old), await quarantine(next)]).toEqual([[], []])
  expect([await cohort(before), await cohort(after)]).toEqual([[], []])

  await bundle(12, { operators: named(next), aggregators: [after.did] })
  expect([await quarantine(old), await quarantine(next)]).toEqual([["control.not_operator"], []])
  expect([await cohort(before), await cohort(after)]).toEqual([["control.knowledge_unsigned"], []])
  expect((await driver.replay()).differences).toEqual([])
  await driver.close()
})
