/** How devices stand goes back into a real CSE, and access control there follows the policy, whatever somebody makes of it. */
import { publishKnowledge } from "@assay/engine"
import { type Device, policyText, World } from "@assay/fleet"
import { CSE_BASE } from "@assay/infra/onem2m"
import { type CseClient, httpClient, RSC, type RunningWriteBack, startWriteBack, TYPE } from "@assay/ingress/onem2m"
import { dsseSign } from "@assay/jose"
import { POLICY_PAYLOAD_TYPE } from "@assay/knowledge"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import {
  ADMIN,
  canStartAcme,
  registerAe,
  sayWhatIsSkippedOnAcme,
  type TestAe,
  type TestCse,
  testCse,
} from "@assay/testkit/onem2m"
import type { Verb } from "@assay/trust"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

sayWhatIsSkippedOnAcme("test/system/onem2m/write-back.long.test.ts")

const NOW = 1_790_000_000
const SECOND = 1_000
const OWN = "Cassay"
const SCREEN = "Cscreen"
const STEP_MS = 180_000

describe.runIf(canStartAcme)("what goes back into a CSE", () => {
  let cse: TestCse
  let driver: Driver
  let world: World
  let meter: Device
  let controller: Device
  const aes = new Map<string, TestAe>()
  let administrator: CseClient
  let own: CseClient
  let screen: CseClient
  let running: RunningWriteBack
  const problems: Array<string> = []
  let seq = 10_000

  const clientOf = (originator: string): CseClient => httpClient({ url: new URL(cse.url), originator, connections: 4 })
  const ask = async (client: CseClient, operation: "retrieve" | "delete", to: string) =>
    (await client.request({ operation, to })).rsc
  const say = async (device: Device, count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      driver.now += SECOND
      await driver.say(device.did, device.message({ iat: Math.floor(driver.now / SECOND) }))
    }
    await driver.settle()
  }
  const order = async (verb: Verb, target: string): Promise<void> => {
    seq += 1
    driver.now += 20
    await driver.command(...world.operators.slice(0, 2).map((by) => world.command(by, { verb, target, seq })))
    await driver.settle()
  }
  const standingOf = async (client: CseClient, aeId: string) => {
    const { rsc, content } = await client.request({ operation: "retrieve", to: `${CSE_BASE}/${OWN}/trust/${aeId}/la` })
    if (rsc !== RSC.ok) return rsc
    const [cin] = Object.values(content as Record<string, { readonly con: string }>)
    return JSON.parse(cin!.con) as Record<string, unknown>
  }
  const make = (client: CseClient, to: string, con: string) =>
    client.request({ operation: "create", to, type: TYPE.contentInstance, content: { "m2m:cin": { con } } })

  beforeAll(async () => {
    cse = await testCse()
    world = new World({ seed: "write back", now: NOW, clockSeconds: 100_000 })
    driver = await Driver.open({ roots: world.rootSet, now: NOW * SECOND, partitions: 2 })
    await driver.know(world)
    ;[meter, controller] = [world.device("meter"), world.device("controller")]
    // The controller lies in the zone that the weather stations' conduit leads to.
    const zones = `assignments:\n  - { zone: operations, devices: ["${controller.did}"] }\n`
    const policy = policyText(NOW).replace("version: 1", "version: 2").replace("assignments:\n", zones)
    await publishKnowledge(
      driver.log,
      "policy",
      dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(policy), world.roots.slice(-2)),
    )
    await driver.say(meter.did, meter.presentation())
    await driver.say(controller.did, controller.presentation())
    await driver.settle()
    await say(meter, 20)
    for (const aeId of ["Cmeter", "Ccontroller", SCREEN]) aes.set(aeId, await registerAe(cse.url, aeId, OWN))
    // Each AE lets the adapter change what governs its container.
    for (const [aeId, { client }] of aes) {
      const pvs = { acr: [{ acor: [aeId, OWN], acop: 63 }] }
      await client.request({ operation: "update", to: `${CSE_BASE}/${aeId}/acp`, content: { "m2m:acp": { pvs } } })
    }
    own = clientOf(OWN)
    administrator = clientOf(ADMIN)
    screen = clientOf(SCREEN)
    await own.request({
      operation: "create",
      to: CSE_BASE,
      type: TYPE.ae,
      content: { "m2m:ae": { rn: OWN, api: `N${OWN}`, rr: false, srv: ["4"] } },
    })
    running = startWriteBack({
      log: driver.log,
      roots: world.rootSet,
      client: own,
      cseBase: CSE_BASE,
      aeId: OWN,
      devices: new Map([
        ["Cmeter", meter.did],
        ["Ccontroller", controller.did],
      ]),
      applications: [SCREEN],
      containersOf: (aeId) => [aes.get(aeId)!.container],
      isRegistered: () => true,
      now: () => driver.now,
      sweepMs: 1_000,
      onProblem: (what) => problems.push(what),
    })
    await running.settled()
  }, STEP_MS)
  afterAll(async () => {
    await running?.stop()
    for (const client of [own, administrator, screen]) await client?.close()
    for (const ae of aes.values()) await ae.close()
    await driver?.close()
    await cse?.remove()
    closeVerifyPool()
  }, STEP_MS)

  it(
    "is the trust state and the last decision, for applications that were named and can only read and subscribe",
    async () => {
      await expect
        .poll(() => standingOf(screen, "Cmeter"), { timeout: 30_000 })
        .toMatchObject({
          device: meter.did,
          registered: true,
          trust: "trusted",
          last: { outcome: "verified" },
        })
      const to = `${CSE_BASE}/${OWN}/trust/Cmeter`
      const subscription = { "m2m:sub": { rn: "mine", nu: [`${CSE_BASE}/${SCREEN}`], enc: { net: [3] }, nct: 1 } }
      const subscribed = await screen.request({
        operation: "create",
        to,
        type: TYPE.subscription,
        content: subscription,
      })
      // ACME asks the subscriber first, who has no address here: it may, and is only not reached.
      expect([RSC.created, 5204, RSC.targetNotReachable]).toContain(subscribed.rsc)
      expect((await make(screen, to, "{}")).rsc).toBe(RSC.originatorHasNoPrivilege)
      expect(await standingOf(aes.get("Cmeter")!.client, "Cmeter")).toBe(RSC.originatorHasNoPrivilege)
    },
    STEP_MS,
  )

  it(
    "is access to its container: itself, and whom its telemetry may flow to",
    async () => {
      const { container, client } = aes.get("Cmeter")!
      expect((await make(client, container, "one")).rsc).toBe(RSC.created)
      expect(await ask(aes.get("Ccontroller")!.client, "retrieve", `${container}/la`)).toBe(RSC.ok)
      expect(await ask(screen, "retrieve", `${container}/la`)).toBe(RSC.originatorHasNoPrivilege)
      expect((await make(aes.get("Ccontroller")!.client, container, "two")).rsc).toBe(RSC.originatorHasNoPrivilege)
    },
    STEP_MS,
  )

  it(
    "is narrowed again where somebody made it wider, and reported",
    async () => {
      const to = `${CSE_BASE}/${OWN}/assay-Cmeter`
      const pv = { acr: [{ acor: ["all"], acop: 63 }] }
      const content = { "m2m:acp": { pv } }
      expect((await administrator.request({ operation: "update", to, content })).rsc).toBe(RSC.updated)
      const { container } = aes.get("Cmeter")!
      expect(await ask(screen, "retrieve", `${container}/la`)).toBe(RSC.ok)
      driver.now += 2 * SECOND
      await expect
        .poll(() => ask(screen, "retrieve", `${container}/la`), { timeout: 30_000 })
        .toBe(RSC.originatorHasNoPrivilege)
      await expect.poll(() => running.counts().widened, { timeout: 30_000 }).toBeGreaterThan(0)
      expect(problems.join()).toContain("made wider")
    },
    STEP_MS,
  )

  it(
    "ends within a second for a device that is suspended, and is back when it is released",
    async () => {
      const { container, client } = aes.get("Cmeter")!
      const reader = aes.get("Ccontroller")!.client
      await order("quarantine", meter.did)
      const from = performance.now()
      await expect
        .poll(async () => (await make(client, container, "three")).rsc, { timeout: 30_000, interval: 20 })
        .toBe(RSC.originatorHasNoPrivilege)
      // Asking every 20 ms is part of it.
      expect(performance.now() - from).toBeLessThan(5_000)
      expect(await ask(reader, "retrieve", `${container}/la`)).toBe(RSC.originatorHasNoPrivilege)
      await expect.poll(() => standingOf(screen, "Cmeter"), { timeout: 30_000 }).toMatchObject({ trust: "quarantined" })
      await order("release", meter.did)
      await expect.poll(async () => (await make(client, container, "four")).rsc, { timeout: 30_000 }).toBe(RSC.created)
      await expect.poll(() => standingOf(screen, "Cmeter"), { timeout: 30_000 }).toMatchObject({ trust: "probation" })
    },
    STEP_MS,
  )

  it(
    "ends with the registration of the AE",
    async () => {
      expect(await ask(administrator, "delete", `${CSE_BASE}/Cmeter`)).toBe(RSC.deleted)
      driver.now += 2 * SECOND
      await expect
        .poll(() => ask(administrator, "retrieve", `${CSE_BASE}/${OWN}/assay-Cmeter`), { timeout: 30_000 })
        .toBe(RSC.notFound)
      await say(meter, 1)
      driver.now += 2 * SECOND
      await expect.poll(() => standingOf(screen, "Cmeter"), { timeout: 30_000 }).toMatchObject({ registered: false })
    },
    STEP_MS,
  )
})
