/** What is known of devices now comes from the table of states, and agrees with what the whole audit stream says. */
import { decodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { runFleet } from "@assay/testkit/fleet"
import type { AuditEvent, TrustState } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"
import { recordsOf } from "../../src/open-log.ts"
import { stateOfDevice, withheldDevices } from "../../src/trust/states.ts"
import { becauseOf } from "../../src/trust/transitions.ts"

afterAll(closeVerifyPool)

const STEP_MS = 300_000

interface Entered {
  readonly state: TrustState
  readonly event: AuditEvent
}

/** The state that each device entered last, by reading all of a partition. */
const byReading = async ({ log }: Driver, partition: number): Promise<ReadonlyMap<string, Entered>> => {
  const entered = new Map<string, Entered>()
  for await (const record of recordsOf(log, STREAMS.audit, partition)) {
    const event = decodeAudit(record.value)
    if (event.kind === "transition" && event.device !== null && event.to !== null)
      entered.set(event.device, { state: event.to, event })
  }
  return entered
}

describe.each(["chained", "staged"] as const)("the states of devices, %s", (topology) => {
  it("are those that the audit stream tells, with the same reasons", { timeout: STEP_MS }, async () => {
    const { driver } = await runFleet({}, { topology, partitions: 2 })
    try {
      let withheld = 0
      for (let partition = 0; partition < 2; partition++) {
        const read = await byReading(driver, partition)
        const found = await withheldDevices(driver.log, partition)
        const all = await becauseOf(driver.log, partition, new Map([...found].map(([did, { since }]) => [did, since])))
        const should = [...read].filter(([, { state }]) => state === "quarantined" || state === "revoked")
        expect([...found.keys()].sort()).toEqual(should.map(([did]) => did).sort())
        for (const [did, { state, event }] of should) {
          withheld++
          const now = found.get(did)!
          expect(now.state).toBe(state)
          expect(await stateOfDevice(driver.log, partition, did)).toEqual(now)
          const because = (await becauseOf(driver.log, partition, new Map([[did, now.since]]))).get(did)
          expect(all.get(did)).toEqual(because)
          // A device that was convicted once more while it was quarantined has the reasons of that message.
          if (now.since === event.time) expect(because).toEqual(event.reasons)
          else expect(because?.length).toBeGreaterThan(0)
        }
        for (const [did, { state }] of read)
          expect((await stateOfDevice(driver.log, partition, did))?.state).toBe(state)
      }
      expect(withheld).toBeGreaterThan(2)
      expect(await stateOfDevice(driver.log, 0, "did:key:nobody")).toBeNull()
      expect(await becauseOf(driver.log, 0, new Map([["did:key:nobody", 5]]))).toEqual(
        new Map([["did:key:nobody", null]]),
      )
    } finally {
      await driver.close()
    }
  })
})
