/** What Assay itself failed at is judged again once the fault is mended: announced, once, marked, only as its device signed it. */
import { submitControl, verifyStreams } from "@assay/engine"
import { World } from "@assay/fleet"
import { newRejudgement } from "@assay/knowledge"
import { decodeAssayed, encodeAssayed } from "@assay/schemas"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import { type AnyStage, type AssayedMessage, formatOrigin } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const NOW = 1_760_000_000
const NOTICE_MS = 600_000
const world = new World({ seed: "undecided", now: NOW, rights: ["quarantine", "release", "revoke", "rejudge"] })

describe.each(["chained", "staged"] as const)("what was undecided, %s", (topology) => {
  it("is issued after notice, once, and only as its device signed it", async () => {
    let isBroken = true
    const device = world.device("failed at")
    const adapt = (stages: ReadonlyArray<AnyStage>): ReadonlyArray<AnyStage> =>
      stages.map((stage) => {
        if (stage.name !== "integrity") return stage
        const logic = stage.logic.get(1)!
        const judge: typeof logic.judge = (entry, ...rest) => {
          const { claims } = entry.message
          if (isBroken && claims?.kind === "message" && claims.seq >= 12 && claims.seq < 14)
            throw new Error("a mistake of ours")
          return logic.judge(entry, ...rest)
        }
        return { ...stage, logic: new Map([[1, { ...logic, judge }]]) }
      })
    const driver = await Driver.open({ roots: world.rootSet, now: NOW * 1000, topology, partitions: 1, adapt })
    try {
      await driver.know(world)
      await driver.say(device.did, device.presentation())
      await driver.settle()
      for (let n = 0; n < 16; n++) await driver.say(device.did, device.message())
      await driver.settle()
      const undecided = (await driver.undecided()).map(({ origin }) => formatOrigin(origin))
      expect(undecided).toHaveLength(2)
      isBroken = false
      const records = (await driver.replay()).superseding.map(({ record }) => record!)
      expect(records.map((record) => formatOrigin(decodeAssayed(record).origin))).toEqual(undecided)

      let seq = 30_000
      const order = async (...wanted: ReadonlyArray<Uint8Array>) => {
        seq++
        driver.now += 20
        const { target, opening } = newRejudgement("engine.fault", { home: device.did, records: wanted, restore: [] })
        const tokens = world.operators
          .slice(0, 2)
          .map((by) => Buffer.from(world.command(by, { verb: "rejudge", target, seq }).bytes).toString("latin1"))
        await submitControl(driver.log, [...tokens, opening])
        await driver.settle()
        const { count, reasons } = (await driver.audit()).findLast(({ kind }) => kind === "control")!
        const issued = (await driver.decisions("annotated")).filter(({ decision }) => decision!.kind === "released")
        return { count, reasons, issued: issued.map(({ origin }) => formatOrigin(origin)) }
      }
      const changed = (change: (message: AssayedMessage) => Partial<AssayedMessage>): Uint8Array => {
        const message = decodeAssayed(records[0]!)
        return encodeAssayed({ ...message, ...change(message) })
      }
      const nothing = { count: 0, reasons: ["anomaly.nothing_to_rejudge"], issued: [] }
      // Two operators sign other readings, another digest, another device, or a message that was decided.
      expect(await order(changed(({ readings }) => ({ readings: readings.slice(1) })))).toEqual(nothing)
      expect(await order(changed(({ claims }) => ({ claims: { ...claims!, digest: "A".repeat(43) } })))).toEqual(
        nothing,
      )
      const other = world.device("another")
      expect(await order(changed(({ claims }) => ({ claims: { ...claims!, iss: other.did } })))).toEqual(nothing)
      expect(await order(changed(({ verdicts }) => ({ verdicts: { ...verdicts, anomaly: null } })))).toEqual(nothing)

      const announced = { count: 0, reasons: ["anomaly.rejudge_announced"], issued: [] }
      expect(await order(...records)).toEqual(announced)
      driver.now += NOTICE_MS - 60_000
      expect(await order(...records)).toEqual(announced)
      expect(
        (await driver.audit()).filter(({ kind, detail }) => kind === "incident" && detail?.includes("announced")),
      ).toHaveLength(1)
      driver.now += 60_000
      // One that is decided: its record is not among what was undecided.
      const [decided] = await driver.decisions("verified")
      expect((await order(encodeAssayed(decided!))).issued).toEqual([])
      expect(await order(...records)).toEqual({ count: 1, reasons: [], issued: undecided })
      await driver.restart()
      expect(await order(...records)).toEqual({ ...nothing, issued: undecided })

      for (const { decision } of (await driver.decisions("annotated")).slice(-2))
        expect(decision).toMatchObject({
          outcome: "annotated",
          kind: "released",
          reasons: expect.arrayContaining(["anomaly.rejudged"]),
        })
      expect((await verifyStreams(driver.log, 0)).flatMap(({ findings }) => findings)).toEqual([])
      isBroken = true
      expect((await driver.replay()).differing).toBe(0)
    } finally {
      await driver.close()
    }
  }, 120_000)
})
