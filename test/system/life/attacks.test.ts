/** Every attack on a device's life, through the five stages; a replay and another split come to the same. */

import { verifyStreams } from "@assay/engine"
import { type Label, LIFE_ATTACKS, meets, Scene, World } from "@assay/fleet"
import { closeVerifyPool } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import { type AuditEvent, formatOrigin, type Origin, VERBS } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const SCALE = { learn: 12, flood: 20, crowd: 20 }

const controlAt = (audit: ReadonlyArray<AuditEvent>, origins: ReadonlyArray<Origin>): AuditEvent | undefined =>
  audit.find(
    ({ kind, origin }) => kind === "control" && origins.some((one) => formatOrigin(one) === formatOrigin(origin)),
  )

describe.each(LIFE_ATTACKS)("$name", (attack) => {
  it("is refused where it should be, and what is rightful is not", async () => {
    const world = new World({ seed: attack.name, now: START, rights: VERBS })
    const driver = await openDriver(world, { partitions: 2 })
    try {
      const steps = [...attack.inject(new Scene(world, attack, 0, SCALE))]
      const done: Array<{ readonly label: Label; readonly kind: string; readonly origins: ReadonlyArray<Origin> }> = []
      for (const { submission } of steps) {
        const origins = await driver.submit([submission])
        await driver.settle()
        done.push({ label: submission.label, kind: submission.kind, origins })
      }
      const audit = await driver.audit()
      for (const [n, { label, kind, origins }] of done.entries()) {
        const at = `step ${n} of ${attack.name}`
        if (kind === "control") {
          const event = controlAt(audit, origins)
          if (label.role === "lead-up" && attack.name !== "use-while-suspended") expect(event?.count, at).toBe(1)
          if (label.expect === null) continue
          expect(event?.count, at).toBe(0)
          expect(label.expect.reasons, at).toEqual(expect.arrayContaining([event?.reasons[0]]))
          continue
        }
        const decision = driver.decidedAt(origins[0]!)?.decision
        if (label.expect === null || label.role === "lead-up") continue
        expect(meets(label.expect, decision!.outcome, decision!.reasons), `${at}: ${JSON.stringify(decision)}`).toBe(
          true,
        )
      }
      expect((await driver.replay()).differences).toEqual([])
      for (let partition = 0; partition < 2; partition++)
        for (const { found } of await verifyStreams(driver.log, partition)) expect(found).toBe(0)
    } finally {
      await driver.close()
    }
  })
})
