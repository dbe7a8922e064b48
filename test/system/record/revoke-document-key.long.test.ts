/**
 * One key of a document turned out bad: what it has signed since is taken back, of a device as of an issuer; what other keys of the document
 * have signed stands, also where two versions give the same name to two keys.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { issueCredentialWith, readCredential, signStatusList } from "@assay/credentials"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { submitControl, verifyStreams } from "@assay/engine"
import { type Device, type Identity, World } from "@assay/fleet"
import { type RemoteKey, signRaw } from "@assay/jose"
import { STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import { formatOrigin } from "@assay/trust"
import fc from "fast-check"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { activate, bundleWithResolvers, Controller, resolve, signedDocument } from "../invariants/documented.ts"

const STEP_MS = 180_000
const NOW = Math.floor(Date.now() / 1000)
const world = new World({ seed: "one key of a document", now: NOW, rights: ["quarantine", "release", "revoke"] })
const cwd = mkdtempSync(join(tmpdir(), "assay-revoke-key-"))
const PARTITIONS = 2
const LIST = "https://id.plant.example/status/1"
let driver: Driver
let index = 0

const open = async (topology: "chained" | "staged" = "chained", issuers = world.bundle.issuers): Promise<void> => {
  driver = await Driver.open({ roots: world.rootSet, now: NOW * 1000, topology, partitions: PARTITIONS })
  await driver.know(world)
  expect(await activate(driver, "bundle", bundleWithResolvers(world, { issuers }))).toEqual([])
  writeFileSync(join(cwd, "roots.json"), JSON.stringify(world.rootSet))
  world.operators.slice(0, 2).forEach(({ did, key }, n) => {
    writeFileSync(join(cwd, `operator-${n}.json`), JSON.stringify({ did, jwk: key.export({ format: "jwk" }) }))
  })
  index += 1
}
afterEach(() => driver?.close())
afterAll(async () => {
  await closeVerifyPool()
  rmSync(cwd, { recursive: true, force: true })
})

const seconds = (): number => Math.floor(driver.now / 1_000)
const say = async (
  device: Device,
  count = 1,
  make = () => device.message({ iat: seconds() }),
): Promise<ReadonlyArray<string>> => {
  const origins: Array<string> = []
  for (let n = 0; n < count; n++) {
    origins.push(formatOrigin(await driver.say(device.did, make())))
    await driver.settle()
  }
  return origins
}
const outcomeOf = (origin: string): string => {
  const [epoch, partition, offset] = origin.split("/").map(Number)
  const { outcome, reasons } = driver.decidedAt({ epoch: epoch!, partition: partition!, offset: offset! })!.decision
  return [outcome, ...reasons].join(" ")
}
const call = (name: readonly [string, string], from: number, ...more: ReadonlyArray<string>) => {
  const given = ["revoke", ...name, "--from", new Date(from).toISOString(), "--index", `index-${index}`]
  return assay([...given, "--data", driver.dir, "--roots", "roots.json", "--json", ...more], { cwd })
}
const plan = async (name: readonly [string, string], from: number, ...more: ReadonlyArray<string>) => {
  const done = await call(name, from, ...more)
  expect(done, done.err).toMatchObject({ code: 0 })
  return JSON.parse(done.out)
}
const signed = async (name: readonly [string, string], from: number): Promise<ReadonlyArray<string>> => {
  const keys = ["--keys", "operator-0.json,operator-1.json", "--aud", world.trustDomain, "--valid", "1440"]
  return (await plan(name, from, ...keys, "--sign-only", "--parts", "parts")).tokens
}
const remote = ({ did, kid, alg, key }: Identity): RemoteKey => ({
  did,
  kid,
  alg,
  sign: async (input) => signRaw(key, input),
})
const handIn = async (...elements: ReadonlyArray<string>): Promise<void> => {
  driver.now += 20
  await submitControl(driver.log, elements)
  await driver.settle()
}
const parts = (): ReadonlyArray<string> => readFileSync(join(cwd, "parts"), "utf8").split("\n")
const takenBack = async (): Promise<ReadonlyArray<string>> =>
  (await driver.audit())
    .filter(({ decision }) => decision?.kind === "revoked")
    .map(({ decision }) => formatOrigin(decision!.supersedes!))
const keyIdOf = (controller: Controller, name: string): string =>
  encodeDidKey(publicKeyOf(controller.identity(name).key))
const agrees = async (): Promise<void> => {
  expect(await driver.replay()).toMatchObject({ differing: 0 })
  for (let partition = 0; partition < PARTITIONS; partition++)
    expect((await verifyStreams(driver.log, partition)).flatMap(({ findings }) => findings)).toEqual([])
}

/** Shows its credential and speaks until it is trusted. */
const trusted = async (device: Device, credentials = device.profile.credentials): Promise<Device> => {
  await say(device, 1, () => device.presentation(credentials, seconds()))
  await say(device, 15)
  expect(outcomeOf((await say(device))[0]!)).toBe("verified")
  return device
}

describe.each(["chained", "staged"] as const)("a key of a device's document, %s", (topology) => {
  it(
    "counts no more, and what it has signed since is taken back, once; what the other has signed stands",
    async () => {
      await open(topology)
      const controller = new Controller(["one", "two"])
      await resolve(driver, controller)
      let device = await trusted(controller.device(world, "one"))
      const before = await say(device, 2)
      driver.now += 60_000
      const from = driver.now
      const wrong = [...(await say(device, 3))]
      device = device.withKey(controller.identity("two"))
      const right = await say(device, 2)
      // The same key, by another version of the document.
      controller.publish(["two", "one"])
      await resolve(driver, controller)
      device = device.withKey(controller.identity("one"))
      wrong.push(...(await say(device)))
      // The controller gives the key up: by its name it is still found.
      controller.publish(["two"])
      await resolve(driver, controller)
      const name = ["--key", `${controller.did}#one`] as const
      expect(await plan(name, from)).toMatchObject({ decisions: 4, devices: 1, stand: 0, gone: 0 })
      expect((await plan(name, 0)).decisions).toBe(23)

      await handIn(...(await signed(name, from)))
      // Also where a document lists it again, it counts no more; the device goes on with the other.
      controller.publish(["two", "one"])
      await resolve(driver, controller)
      const thief = device.copy()
      expect(outcomeOf((await say(thief))[0]!)).toBe("rejected identity.key_revoked")
      const shown = await say(thief, 1, () => thief.presentation(undefined, seconds()))
      expect(outcomeOf(shown[0]!)).toBe("rejected identity.key_revoked")
      device = device.withKey(controller.identity("two"))
      expect(outcomeOf((await say(device))[0]!)).toBe("verified")

      const tokens = await signed(name, from)
      await handIn(...tokens)
      for (const part of parts()) {
        await handIn(...tokens, part)
        await driver.restart()
        await handIn(...tokens, part)
      }
      expect(await takenBack()).toEqual(wrong)
      expect(await driver.records(STREAMS.revoked)).toHaveLength(wrong.length)
      for (const origin of [...before, ...right]) expect(outcomeOf(origin)).toBe("verified")
      const later = (await driver.audit()).filter(({ decision }) => decision?.kind === "revoked")
      for (const { decision } of later)
        expect(decision).toMatchObject({
          outcome: "quarantined",
          reasons: ["anomaly.revoked_since", "identity.key_revoked"],
        })
      const moved = (await driver.audit()).filter(({ kind, to }) => kind === "transition" && to === "watched")
      expect(moved).toMatchObject([{ device: controller.did, from: "trusted" }])
      // It earns its trust again with the key that is left.
      await say(device, 20)
      expect(outcomeOf((await say(device))[0]!)).toBe("verified")
      expect(await plan(name, from)).toMatchObject({ decisions: 0, devices: 0 })
      await agrees()
      const { out } = await assay(["explain", wrong[0]!, "--data", driver.dir], { cwd })
      const key = keyIdOf(controller, "one")
      expect(out).toContain(
        `the key ${key} of the document of ${controller.did} was revoked from ${new Date(from).toISOString()}`,
      )
    },
    STEP_MS,
  )
})

it(
  "a name that two keys had is refused, and each is found by itself",
  async () => {
    await open()
    const controller = new Controller(["one"])
    await resolve(driver, controller)
    let device = await trusted(controller.device(world, "one"))
    driver.now += 1_000
    const from = driver.now
    const first = await say(device, 2)
    // The next version gives the name to another key.
    const method = { publicKeyMultibase: keyIdOf(controller, "other").slice("did:key:".length) }
    controller.publish([{ name: "one", more: method }])
    await resolve(driver, controller)
    device = device.withKey({ ...controller.identity("other"), kid: `${controller.did}#one` })
    const second = await say(device, 3)
    const refused = await call(["--key", `${controller.did}#one`], from)
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("was the name of 2 keys") })
    for (const [name, origins] of [
      ["one", first],
      ["other", second],
    ] as const)
      expect(await plan(["--key", `${controller.did}#${keyIdOf(controller, name)}`], from)).toMatchObject({
        decisions: origins.length,
        devices: 1,
      })
    expect(await call(["--key", `${controller.did}#three`], from)).toMatchObject({
      code: 2,
      err: expect.stringContaining("has no key #three: its documents list #one"),
    })
    expect(await call(["--key", `${controller.did}#did:key:zMine`], from)).toMatchObject({ code: 2 })
  },
  STEP_MS,
)

it(
  "the key of an issuer's document takes back what rested on credentials that it has signed, and no others",
  async () => {
    const controller = new Controller(["one", "two"])
    const status = { lists: ["https://id.plant.example/status/*"], maxAgeMs: 24 * 3_600_000 }
    await open("chained", [{ ...world.bundle.issuers[0]!, did: controller.did, status }])
    expect(await activate(driver, "signer-document", signedDocument(controller, driver.now))).toEqual([])
    const listBy = (name: string): Promise<Uint8Array> =>
      signStatusList(
        {
          ...{ format: "vc+jwt", id: LIST, purpose: "revocation", issued: driver.now, ttlMs: 60_000 },
          ...{ expires: driver.now + 12 * 3_600_000, entries: 131_072, size: 1, values: [] },
        },
        remote(controller.identity(name)),
      )
    const place = { list: LIST, purpose: "revocation", index: 7 } as const
    const by = async (
      device: Device,
      name: string,
      places: Parameters<typeof issueCredentialWith>[0]["status"] = [],
    ): Promise<string> => {
      const read = readCredential(device.profile.credentials[0]!)
      if ("detail" in read) throw new Error(read.detail)
      const { terms, validFrom, validUntil } = read.credential
      const { vendor, class: kind, assurance, capabilities } = terms
      const subject = { subject: device.did, vendor, class: kind, assurance, hardwareId: null }
      const input = { ...subject, capabilities: capabilities.source, validFrom, validUntil, status: places }
      return issueCredentialWith(input, remote(controller.identity(name)))
    }
    const [bad, good, both] = ["by one", "by two", "by both"].map((name) => world.device(name))
    await trusted(bad!, [await by(bad!, "one")])
    await trusted(good!, [await by(good!, "two")])
    await trusted(both!, [await by(both!, "one")])
    await say(both!, 1, () => both!.presentation(undefined, seconds()))
    const again = await Promise.all(["one", "two"].map((name) => by(both!, name)))
    await say(both!, 1, () => both!.presentation(again, seconds()))
    expect(await activate(driver, "status-list", await listBy("one"))).toEqual([])
    const listed = world.device("on a list")
    await trusted(listed, [await by(listed, "two", [place])])
    driver.now += 1_000
    const from = driver.now
    const wrong = await say(bad!, 3)
    const right = [...(await say(good!, 2)), ...(await say(both!, 2))]
    const name = ["--issuer", `${controller.did}#one`] as const
    expect(await plan(name, from)).toMatchObject({ decisions: 3, devices: 1, stand: 2, gone: 0 })

    await handIn(...(await signed(name, from)))
    expect(outcomeOf((await say(bad!))[0]!)).toMatch(/^quarantined credential.issuer_key_withdrawn/)
    expect(outcomeOf((await say(good!))[0]!)).toBe("verified")
    expect(outcomeOf((await say(both!))[0]!)).toBe("verified")
    // A list that the key has signed could lift a revocation: what stands on it waits for the next one.
    expect(outcomeOf((await say(listed))[0]!)).toMatch(/^quarantined credential.status_unavailable/)
    expect(await activate(driver, "status-list", await listBy("two"))).toEqual([])
    expect(outcomeOf((await say(listed))[0]!)).toBe("verified")
    const shown = await by(bad!, "one")
    const [origin] = await say(bad!, 1, () => bad!.presentation([shown], seconds()))
    expect(outcomeOf(origin!)).toContain("credential.issuer_key_withdrawn")

    const tokens = await signed(name, from)
    await handIn(...tokens)
    for (const part of parts()) await handIn(...tokens, part)
    expect(await takenBack()).toEqual(wrong)
    for (const one of right) expect(outcomeOf(one)).toBe("verified")
    const anew = await by(bad!, "two")
    await say(bad!, 1, () => bad!.presentation([anew], seconds()))
    expect(outcomeOf((await say(bad!))[0]!)).not.toContain("credential")
    await agrees()
  },
  STEP_MS,
)

it(
  "finds exactly what the key has signed, however documents change in between",
  async () => {
    const KEYS = ["one", "two", "p256"] as const
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ say: fc.constantFrom(...KEYS) }) },
      { weight: 1, arbitrary: fc.record({ publish: fc.subarray([...KEYS], { minLength: 1 }) }) },
      { weight: 1, arbitrary: fc.constant("since" as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 16 }), async (steps) => {
        await open()
        const controller = new Controller([...KEYS])
        await resolve(driver, controller)
        let device = await trusted(controller.device(world, "one"))
        driver.now += 1_000
        let from = driver.now
        const since: Record<(typeof KEYS)[number], number> = { one: 0, two: 0, p256: 0 }
        for (const one of steps) {
          driver.now += 1_000
          if (one === "since") {
            from = driver.now
            Object.assign(since, { one: 0, two: 0, p256: 0 })
          } else if ("publish" in one) {
            controller.publish(one.publish)
            await resolve(driver, controller)
          } else {
            const speaks = device.withKey(controller.identity(one.say))
            const outcome = outcomeOf((await say(speaks))[0]!)
            if (!outcome.startsWith("rejected")) device = speaks
            if (/^(verified|annotated)/.test(outcome)) since[one.say] += 1
          }
        }
        for (const name of KEYS)
          expect((await plan(["--key", `${controller.did}#${name}`], from)).decisions).toBe(since[name])
        await driver.close()
      }),
      { numRuns: 6 },
    )
  },
  STEP_MS,
)
