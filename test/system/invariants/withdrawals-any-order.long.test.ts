/**
 * A status list, a suspension and its end, a revocation by operators, another credential or bundle at any point: the same entries give the
 * same verdicts in any batch split, staged, restored and replayed.
 */
import {
  type CredentialInput,
  issueCredential,
  issueCredentialWith,
  readCredential,
  signStatusList,
} from "@assay/credentials"
import { publishKnowledge, submitControl } from "@assay/engine"
import type { Device } from "@assay/fleet"
import { signBundle } from "@assay/knowledge"
import { remoteOf } from "@assay/testkit/actors"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { credentialTarget, type Revocable } from "@assay/trust"
import fc from "fast-check"
import { afterAll, expect, it } from "vitest"
import { expectSameHoweverCut } from "./however-cut.ts"

afterAll(closeVerifyPool)

const STEP_MS = 300_000
const LIST = "https://acme.example/status/1"
const PLACE = 7
/** Values of a Token Status List. */
const VALUES = { clear: 0, revoke: 1, suspend: 2, unknown: 3 } as const

const STEPS = [
  "speak",
  "speak twice",
  "present",
  "present another",
  ...(Object.keys(VALUES) as ReadonlyArray<keyof typeof VALUES>),
  "order credential",
  "order issuer",
  "bundle",
  "wait",
  "settle",
] as const
type Step = (typeof STEPS)[number]

const world = aWorld("withdrawn in any order")
const maker = world.manufacturer

/** Two credentials of one device: by the maker, with a place on its list, and by another issuer, as an SD-JWT without one. */
const credentialsOf = async (device: Device): Promise<readonly [string, string]> => {
  const read = readCredential(device.profile.credentials[0]!)
  if ("detail" in read) throw new Error(read.detail)
  const { terms, validFrom, validUntil } = read.credential
  const input: CredentialInput = {
    subject: device.did,
    vendor: terms.vendor,
    class: terms.class,
    assurance: terms.assurance,
    hardwareId: null,
    capabilities: terms.capabilities.source,
    validFrom,
    validUntil,
    status: [{ list: LIST, purpose: "token", index: PLACE }],
  }
  const other = remoteOf(world.rogueIssuer)
  return [issueCredential(input, maker), await issueCredentialWith({ ...input, status: [] }, other, "dc+sd-jwt")]
}

class Run {
  readonly driver: Driver
  private readonly device: Device
  private readonly credentials: readonly [string, string]
  private version = 20
  private seq = 0

  private constructor(driver: Driver, device: Device, credentials: readonly [string, string]) {
    this.driver = driver
    this.device = device
    this.credentials = credentials
  }

  static async open(driver: Driver): Promise<Run> {
    const device = world.device("withdrawn", { ordinal: 0 })
    return new Run(driver, device, await credentialsOf(device))
  }

  private get seconds(): number {
    return Math.floor(this.driver.now / 1_000)
  }

  private async order(of: Revocable, target: string): Promise<void> {
    this.seq += 1
    const revocation = { of, from: 0, list: null }
    const tokens = world.operators
      .slice(0, 2)
      .map((by) => world.command(by, { verb: "revoke", target, seq: this.seq, revocation }).bytes.toString())
    await submitControl(this.driver.log, tokens)
  }

  private async list(value: number): Promise<void> {
    const issued = this.seconds * 1_000
    const list = { format: "statuslist+jwt", id: LIST, purpose: "token", issued, expires: issued + 3_600_000 } as const
    const signed = await signStatusList(
      { ...list, ttlMs: 60_000, entries: 16, size: 2, values: [[PLACE, value]] },
      remoteOf(maker),
    )
    await publishKnowledge(this.driver.log, "status-list", signed)
  }

  private async bundle(): Promise<void> {
    const [issuer] = world.bundle.issuers
    const status = { lists: [`${LIST}*`], maxAgeMs: 1_800_000 }
    const issuers = [
      { ...issuer!, status },
      { ...issuer!, did: world.rogueIssuer.did },
    ]
    const signed = signBundle({ ...world.bundle, version: this.version++, issuers }, world.roots.slice(0, 2))
    await publishKnowledge(this.driver.log, "bundle", signed)
  }

  /** Appends what the step says; judges only at `settle`. */
  async take(step: Step): Promise<void> {
    const { driver, device } = this
    driver.now += 2_000
    const say = () => driver.say(device.did, device.message({ iat: this.seconds }))
    if (step === "speak") await say()
    else if (step === "speak twice") {
      await say()
      await say()
    } else if (step === "present")
      await driver.say(device.did, device.presentation([this.credentials[0]], this.seconds))
    else if (step === "present another")
      await driver.say(device.did, device.presentation([this.credentials[1]], this.seconds))
    else if (step === "order credential") {
      const read = readCredential(this.credentials[0]) as { readonly credential: { readonly hash: string } }
      await this.order("credential", credentialTarget(read.credential.hash))
    } else if (step === "order issuer") await this.order("issuer", maker.did)
    else if (step === "bundle") await this.bundle()
    else if (step === "wait") await driver.tick(600_000)
    else if (step === "settle") await driver.settle()
    else await this.list(VALUES[step])
  }
}

/** What must be met at least, whatever chance brings. */
const EXAMPLE: Array<Step> = [
  "suspend",
  "speak",
  "clear",
  "speak",
  "settle",
  "revoke",
  "speak",
  "present another",
  "speak",
]

it("gives the same verdicts however it is cut, kept and replayed", { timeout: STEP_MS }, async () => {
  const met = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...STEPS), { minLength: 10, maxLength: 24 }),
      fc.integer({ min: 1, max: 9 }),
      async (steps, batch) => {
        const driver = await openDriver(world)
        try {
          const run = await Run.open(driver)
          const begin: ReadonlyArray<Step> = ["bundle", "clear", "present", "speak", "settle"]
          for (const step of [...begin, ...steps, "speak" as const]) await run.take(step)
          await driver.settle()
          for (const { decision } of await driver.audit()) for (const reason of decision?.reasons ?? []) met.add(reason)
          await expectSameHoweverCut(driver, batch)
        } finally {
          await driver.close()
        }
      },
    ),
    { numRuns: 13, examples: [[EXAMPLE, 3]] },
  )
  expect([...met]).toEqual(expect.arrayContaining(["credential.revoked", "credential.suspended"]))
})
