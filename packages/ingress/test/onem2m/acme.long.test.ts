/** The adapter on a real CSE, by each way in which it can hear. */
import { freePorts } from "@assay/infra/kafka"
import { canStartMosquitto, type TestBroker, testBroker } from "@assay/testkit/mqtt"
import {
  ADMIN,
  canStartAcme,
  registerAe,
  sayWhatIsSkippedOnAcme,
  type TestAe,
  type TestCse,
  testCse,
} from "@assay/testkit/onem2m"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type Onem2mAdapter, startOnem2m } from "../../src/onem2m/adapter.ts"
import { httpClient } from "../../src/onem2m/client.ts"
import { type Known, openKnown } from "../../src/onem2m/known.ts"
import { readOnem2m } from "../../src/onem2m/settings.ts"
import { Taking } from "../taking.ts"

sayWhatIsSkippedOnAcme("packages/ingress/test/onem2m/acme.long.test.ts")

const TIMEOUT = { timeout: 120_000 }
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000, interval: 50 })

describe.runIf(canStartAcme)("ACME CSE", () => {
  let broker: TestBroker | null = null
  let cse: TestCse
  let taking: Taking
  let known: Known
  let problems: Array<string>
  let adapter: Onem2mAdapter | null = null
  let pump: TestAe
  let count = 0

  beforeAll(async () => {
    if (canStartMosquitto) broker = await testBroker({ onem2m: true })
    cse = await testCse({ mqttPort: broker?.port ?? null })
  }, 180_000)
  afterAll(async () => {
    await cse?.remove()
    await broker?.remove()
  }, 60_000)
  beforeEach(() => {
    count += 1
    taking = new Taking()
    known = openKnown(null)
    problems = []
  })
  afterEach(async () => {
    await adapter?.stop()
    adapter = null
    // ACME waits for whoever is to hear that a subscription ends, and nobody fetches from a channel any more.
    await pump?.client.request({ operation: "delete", to: `/id-in/cse-in/${pump.aeId}`, timeoutMs: 60_000 })
    await pump?.close()
  }, 60_000)

  /** An adapter of its own for each test: what one leaves in the CSE is no other's. */
  const start = async (env: Record<string, string>): Promise<Onem2mAdapter> => {
    const aeId = `CAdapter${count}`
    adapter = await startOnem2m({
      settings: readOnem2m({
        ASSAY_ONEM2M_URL: cse.url,
        ASSAY_ONEM2M_AE_ID: aeId,
        ASSAY_ONEM2M_SWEEP: "1",
        ...env,
      }),
      ingress: taking,
      known,
      onProblem: (what) => problems.push(what),
      pauses: { firstMs: 50, longestMs: 500 },
    })
    await eventually(() => ({ ...adapter!.status(), problems })).toMatchObject({
      connection: "subscribed",
      containers: 1,
      behind: 0,
    })
    return adapter
  }
  const speaks = async (name: string): Promise<void> => {
    pump = await registerAe(cse.url, `C${name}${count}`, `CAdapter${count}`)
  }

  const http = async (rest: Record<string, string> = {}): Promise<Record<string, string>> => {
    const port = await freePorts(1)
    return {
      ASSAY_ONEM2M_REACHED_AT: `http://127.0.0.1:${port}`,
      ASSAY_ONEM2M_LISTEN: `127.0.0.1:${port}`,
      ...rest,
    }
  }
  const mqtt = async (rest: Record<string, string> = {}) => ({ ASSAY_ONEM2M_URL: broker!.url, ...rest })

  const ways: ReadonlyArray<readonly [string, () => Promise<Record<string, string>>]> = [
    ["HTTP", () => http()],
    ["HTTP, as CBOR", () => http({ ASSAY_ONEM2M_SERIALIZATION: "cbor" })],
    ["HTTP, many in one notification", () => http({ ASSAY_ONEM2M_BATCH: "4" })],
    ["a polling channel", async () => ({})],
    ...(canStartMosquitto
      ? ([
          ["MQTT", () => mqtt()],
          ["MQTT, as CBOR", () => mqtt({ ASSAY_ONEM2M_SERIALIZATION: "cbor" })],
        ] as const)
      : []),
  ]

  it.each(ways)(
    "tells by %s: each instance once, in order, and what it had no one to tell later",
    TIMEOUT,
    async (_, way) => {
      await speaks("Pump")
      await pump.say("before")
      const env = await way()
      const first = await start(env)
      await eventually(() => taking.texts).toEqual(["before"])
      for (let n = 0; n < 6; n++) await pump.say(`reported ${n}`)
      const reported = ["before", ...Array.from({ length: 6 }, (_, n) => `reported ${n}`)]
      await eventually(() => taking.texts).toEqual(reported)
      await first.stop()
      for (let n = 0; n < 3; n++) await pump.say(`later ${n}`)
      await start(env)
      const all = [...reported, "later 0", "later 1", "later 2"]
      await eventually(() => taking.texts).toEqual(all)
      expect(adapter!.status()).toMatchObject({ taken: 3, gaps: 0, changed: 0, waits: null })
      expect(Object.entries(adapter!.status().refused).filter(([, count]) => count > 0)).toEqual([])
    },
  )

  it("has many instances for an adapter that was away: none is left out", TIMEOUT, async () => {
    await speaks("Meter")
    const env = await http()
    const first = await start(env)
    for (let n = 0; n < 70; n++) await pump.say(`before ${n}`)
    await eventually(() => taking.texts.length).toBe(70)
    await first.stop()
    for (let n = 0; n < 30; n++) await pump.say(`away ${n}`)
    await start(env)
    await eventually(() => taking.texts.length).toBe(100)
    expect(adapter!.status()).toMatchObject({ taken: 30, gaps: 0 })
  })

  it("makes a subscription anew that somebody deletes", TIMEOUT, async () => {
    await speaks("Valve")
    const running = await start(await http())
    const sub = `${pump.container}/assay-CAdapter${count}`
    const admin = httpClient({ url: new URL(cse.url), originator: ADMIN })
    expect((await admin.request({ operation: "delete", to: sub })).rsc).toBe(2002)
    await eventually(() => running.status().behind).toBe(0)
    await pump.say("afterwards")
    await eventually(() => taking.texts).toEqual(["afterwards"])
    expect((await admin.request({ operation: "retrieve", to: sub })).rsc).toBe(2000)
    await admin.close()
  })

  it("lets a container go that is deleted, and finds one that comes", TIMEOUT, async () => {
    await speaks("Door")
    const running = await start(await http())
    await pump.client.request({ operation: "delete", to: pump.container })
    await eventually(() => running.status().containers).toBe(0)
    const acp = (await pump.client.request({ operation: "retrieve", to: `/id-in/cse-in/${pump.aeId}/acp` }))
      .content as {
      readonly "m2m:acp": { readonly ri: string }
    }
    await pump.client.request({
      operation: "create",
      to: `/id-in/cse-in/${pump.aeId}`,
      type: 3,
      content: { "m2m:cnt": { rn: "data", lbl: ["assay"], acpi: [acp["m2m:acp"].ri] } },
    })
    await pump.say("again")
    await eventually(() => taking.texts).toEqual(["again"])
    expect(running.status()).toMatchObject({ containers: 1, gaps: 0 })
  })
})
