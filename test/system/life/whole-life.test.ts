/** A device from its maker to its end: claimed, enrolled, trusted, handed on under a new key, retired; and what remains of it. */
import { claimBy, type Device, enrolmentOf, handedOver, lifeBy, voucherFor, World } from "@assay/fleet"
import { closeVerifyPool } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import { VERBS } from "@assay/trust"
import { afterAll, expect, it } from "vitest"

afterAll(closeVerifyPool)

const world = new World({ seed: "a whole life", now: START, rights: VERBS })
const [owner, next] = [world.operators[0]!, world.operators[1]!]

/** Of `device`, as the audit tells it. */
const lifeOf = async (driver: Awaited<ReturnType<typeof openDriver>>, device: string) =>
  (await driver.audit())
    .filter((event) => event.kind === "life" && event.device === device)
    .map(({ detail }) => (JSON.parse(detail!) as { to: string }).to)

const speak = async (driver: Awaited<ReturnType<typeof openDriver>>, device: Device, count: number) => {
  const origin = await driver.say(device.did, ...Array.from({ length: count }, () => device.message()))
  await driver.settle()
  return driver.decidedAt(origin)?.decision
}

it.each(["chained", "staged"] as const)("%s: nothing of the owner before counts for the next", async (topology) => {
  const driver = await openDriver(world, { partitions: 2, topology })
  const [device, renewed] = [world.device(`first ${topology}`), world.device(`second ${topology}`)]
  const { identity } = device.profile
  let seq = 1
  const order = async (...elements: ReadonlyArray<{ readonly bytes: Uint8Array } | string>) => {
    const tokens = elements.map((one) => (typeof one === "string" ? one : Buffer.from(one.bytes).toString("latin1")))
    await driver.submit([
      {
        kind: "control",
        tokens,
        label: { honest: true, role: "normal", attack: null, instance: 0, device: "", expect: null },
      },
    ])
    await driver.settle()
  }
  const voucher = voucherFor(world, identity, owner)
  await order(
    ...claimBy(world, owner, seq++, device.did, {
      voucher,
      enrolment: enrolmentOf(world, voucher, identity, identity),
    }),
  )
  await order(...lifeBy(world, [owner], "attest", device.did, seq++))
  await driver.say(device.did, device.presentation())
  await driver.settle()
  expect(await lifeOf(driver, device.did)).toEqual(["manufactured", "claimed", "attested", "active"])
  expect(await speak(driver, device, 12)).toMatchObject({ outcome: "verified", trust: "trusted" })

  await order(...lifeBy(world, [owner, next], "transfer", device.did, seq++))
  expect(await speak(driver, device, 1)).toMatchObject({ outcome: "quarantined", trust: "revoked" })

  // The next owner: another key, the same device, and nothing learned of it.
  const handed = handedOver(world, voucher, identity, owner, next)
  const enrolment = enrolmentOf(world, handed, identity, renewed.profile.identity)
  await order(...claimBy(world, next, seq++, renewed.did, { voucher: handed, enrolment }))
  await order(...lifeBy(world, [next], "attest", renewed.did, seq++))
  expect(await speak(driver, renewed, 1)).toMatchObject({ outcome: "quarantined" })
  await driver.say(renewed.did, renewed.presentation())
  await driver.settle()
  expect(await speak(driver, renewed, 1)).toMatchObject({ outcome: "annotated", trust: "learning" })
  expect(await speak(driver, renewed, 12)).toMatchObject({ outcome: "verified" })

  await order(...lifeBy(world, [owner, next], "retire", renewed.did, seq++))
  await order(...lifeBy(world, [owner, next], "retire", device.did, seq++))
  expect(await lifeOf(driver, renewed.did)).toEqual(["manufactured", "claimed", "attested", "active", "retired"])
  expect((await lifeOf(driver, device.did)).slice(-2)).toEqual(["transferred", "retired"])

  await driver.restart()
  expect(await speak(driver, renewed, 1)).toMatchObject({ outcome: "quarantined", trust: "revoked" })
  expect((await driver.replay()).differences).toEqual([])
  await driver.close()
})
