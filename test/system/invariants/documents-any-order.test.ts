/** A rotation, a refresh or a fact at any point: the same entries give the same verdicts in any batch split, staged, restored and replayed. */

import { publishKnowledge } from "@assay/engine"
import type { Device } from "@assay/fleet"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import fc from "fast-check"
import { afterAll, it } from "vitest"
import { bundleWithResolvers, Controller, signedDocument, signedFact } from "./documented.ts"
import { expectSameHoweverCut } from "./however-cut.ts"

afterAll(closeVerifyPool)

const STEPS = [
  "speak",
  "present",
  "thief",
  "rotate",
  "overlap",
  "refresh",
  "fact",
  "old",
  "wait",
  "bundle",
  "settle",
] as const
type Step = (typeof STEPS)[number]

class Run {
  readonly driver: Driver
  private readonly controller = new Controller(["key 0"])
  private device: Device
  private thief: Device
  private first: string
  private key = 0
  private version = 3

  constructor(driver: Driver) {
    this.driver = driver
    this.device = this.controller.device(world, "key 0")
    this.thief = this.device.copy()
    this.first = this.controller.log
  }

  private get seconds(): number {
    return Math.floor(this.driver.now / 1_000)
  }

  private async hand(kind: string, item: Uint8Array): Promise<void> {
    this.driver.now += 60_000
    await publishKnowledge(this.driver.log, kind, item)
  }

  /** Appends what the step says; judges only at `settle`. */
  async take(step: Step): Promise<void> {
    const { driver, controller } = this
    const { did } = controller
    if (step === "speak") await driver.say(did, this.device.message({ iat: this.seconds }))
    else if (step === "present") await driver.say(did, this.device.presentation(undefined, this.seconds))
    else if (step === "thief") await driver.say(did, this.thief.message({ iat: this.seconds }))
    else if (step === "wait") await driver.tick(600_000)
    else if (step === "settle") await driver.settle()
    else if (step === "fact") await this.hand("did-unavailable", signedFact(did, driver.now))
    else if (step === "old") await this.hand("did-document", signedDocument({ did, log: this.first }, driver.now))
    else if (step === "bundle") await this.hand("bundle", bundleWithResolvers(world, {}, this.version++))
    else {
      if (step === "rotate") controller.publish([`key ${++this.key}`])
      if (step === "overlap") controller.publish([`key ${this.key}`, `key ${this.key + 1}`])
      await this.hand("did-document", signedDocument(controller, driver.now))
      this.device = this.device.withKey(controller.identity(`key ${this.key}`))
    }
  }
}

const world = aWorld("any order")

it("gives the same verdicts however it is cut, kept and replayed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...STEPS), { minLength: 12, maxLength: 28 }),
      fc.integer({ min: 1, max: 9 }),
      async (steps, batch) => {
        const driver = await openDriver(world)
        try {
          const run = new Run(driver)
          for (const step of ["bundle", "refresh", "present", "settle", ...steps] as ReadonlyArray<Step>)
            await run.take(step)
          await driver.settle()
          await expectSameHoweverCut(driver, batch)
        } finally {
          await driver.close()
        }
      },
    ),
    { numRuns: 3 },
  )
})
