/** A rotation, a refresh, a fact or the revocation of a key by operators at any point: the same entries give the same verdicts in any batch split, staged, restored and replayed. */

import { encodeDidKey, publicKeyOf } from "@assay/did"
import { publishKnowledge, submitControl } from "@assay/engine"
import { type Device, World } from "@assay/fleet"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import { documentKeyTarget, type Origin } from "@assay/trust"
import fc from "fast-check"
import { afterAll, expect, it } from "vitest"
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
  "order",
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
  private seq = 0
  readonly said: Array<Origin> = []

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

  /** Operators revoke the key that is in use. */
  private async order(): Promise<void> {
    this.seq += 1
    const keyId = encodeDidKey(publicKeyOf(this.device.profile.identity.key))
    const target = documentKeyTarget({ did: this.controller.did, keyId })
    const revocation = { of: "document-key", from: 0, list: null } as const
    const tokens = world.operators
      .slice(0, 2)
      .map((by) => world.command(by, { verb: "revoke", target, seq: this.seq, revocation }).bytes.toString())
    await submitControl(this.driver.log, tokens)
  }

  /** Appends what the step says; judges only at `settle`. */
  async take(step: Step): Promise<void> {
    const { driver, controller } = this
    const { did } = controller
    const say = async (signed: Parameters<typeof driver.say>[1]) => this.said.push(await driver.say(did, signed))
    if (step === "speak") await say(this.device.message({ iat: this.seconds }))
    else if (step === "present") await say(this.device.presentation(undefined, this.seconds))
    else if (step === "thief") await say(this.thief.message({ iat: this.seconds }))
    else if (step === "wait") await driver.tick(600_000)
    else if (step === "settle") await driver.settle()
    else if (step === "fact") await this.hand("did-unavailable", signedFact(did, driver.now))
    else if (step === "old") await this.hand("did-document", signedDocument({ did, log: this.first }, driver.now))
    else if (step === "order") await this.order()
    else if (step === "bundle") await this.hand("bundle", bundleWithResolvers(world, {}, this.version++))
    else {
      if (step === "rotate") controller.publish([`key ${++this.key}`])
      if (step === "overlap") controller.publish([`key ${this.key}`, `key ${this.key + 1}`])
      await this.hand("did-document", signedDocument(controller, driver.now))
      this.device = this.device.withKey(controller.identity(`key ${this.key}`))
    }
  }
}

const world = new World({ seed: "any order", now: START, rights: ["revoke"] })

/** What must be met at least, whatever chance brings. */
const EXAMPLE: Array<Step> = ["speak", "order", "speak", "present", "overlap", "rotate", "speak", "thief", "speak"]

it("gives the same verdicts however it is cut, kept and replayed", async () => {
  const met = new Set<string>()
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
          for (const origin of run.said)
            for (const reason of driver.decidedAt(origin)!.decision.reasons) met.add(reason)
          await expectSameHoweverCut(driver, batch)
        } finally {
          await driver.close()
        }
      },
    ),
    { numRuns: 4, examples: [[EXAMPLE, 3]] },
  )
  expect([...met]).toContain("identity.key_revoked")
})
