/** The resolver beside a pipeline, and a host that answers: a device is turned away, its document is fetched, and it counts. */
import { publishKnowledge } from "@assay/engine"
import type { Device } from "@assay/fleet"
import { signRaw } from "@assay/jose"
import { signBundle } from "@assay/knowledge"
import { remoteOf } from "@assay/testkit/actors"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { openDriver } from "@assay/testkit/fleet"
import { afterAll, describe, expect, it, onTestFinished } from "vitest"
import { type ResolverOptions, type RunningResolver, startResolver } from "../../src/index.ts"
import { type HostileServer, hasOpenssl, startServer } from "../fetch/hostile-server.ts"
import { bundle, documented, RESOLVER, world } from "./documented.ts"

afterAll(closeVerifyPool)

interface Rig {
  readonly driver: Driver
  readonly device: Device
  readonly log: string
  readonly server: HostileServer
  /** What the host publishes; null: nothing. */
  publish: (log: string | null) => void
  readonly start: (options?: Partial<ResolverOptions>) => RunningResolver
  readonly problems: Array<string>
}

const rig = async (): Promise<Rig> => {
  const driver = await openDriver(world)
  onTestFinished(() => driver.close())
  await publishKnowledge(driver.log, "bundle", bundle())
  await driver.settle()
  const { device, log } = documented(driver.now - 86_400_000)
  let published: string | null = log
  const server = await startServer((_, response) => {
    response.writeHead(published === null ? 404 : 200, { "content-type": "text/jsonl" })
    response.end(published ?? "")
  })
  const problems: Array<string> = []
  const start = (options: Partial<ResolverOptions> = {}): RunningResolver => {
    const running = startResolver({
      log: driver.log,
      roots: world.rootSet,
      key: remoteOf(RESOLVER),
      fetch: server.options,
      publish: async (kind, signed) => {
        await publishKnowledge(driver.log, kind, signed)
      },
      now: () => driver.now,
      onProblem: (message, cause) => problems.push(`${message}: ${cause}`),
      ...options,
    })
    onTestFinished(() => running.stop())
    return running
  }
  return {
    driver,
    device,
    log,
    server,
    start,
    problems,
    publish: (next) => {
      published = next
    },
  }
}

const show = async ({ driver, device }: Rig): Promise<ReadonlyArray<string>> => {
  driver.now += 1_000
  const origin = await driver.say(device.did, device.presentation(undefined, Math.floor(driver.now / 1_000)))
  await driver.settle()
  return driver.decidedAt(origin)!.decision.reasons
}

describe.skipIf(!hasOpenssl)("the resolver", () => {
  it("fetches once what many ask for, and the device counts", async () => {
    const made = await rig()
    for (let n = 0; n < 3; n++) expect(await show(made)).toEqual(["identity.document_missing"])
    const resolver = made.start()
    await resolver.settled()
    await made.driver.settle()
    expect(made.server.asked).toEqual(["/.well-known/did.jsonl"])
    expect(await show(made)).not.toContain("identity.document_missing")
    await resolver.settled()
    expect(made.server.asked).toHaveLength(1)
    expect(made.problems).toEqual([])
  })

  it("records that it could not be had, waits, and says so to the device", async () => {
    const made = await rig()
    made.publish(null)
    await show(made)
    const resolver = made.start()
    await resolver.settled()
    await made.driver.settle()
    expect(await show(made)).toEqual(["identity.document_unavailable"])
    await resolver.settled()
    expect(made.server.asked).toHaveLength(1)
    made.publish(made.log)
    made.driver.now += 120_000
    await resolver.settled()
    await made.driver.settle()
    expect(made.server.asked).toHaveLength(2)
    expect((await show(made)).filter((reason) => reason.startsWith("identity."))).toEqual([])
    expect(made.problems).toEqual([])
  })

  it.each([
    ["of another DID", () => documented(0).log],
    ["that does not hold", () => "{}\n"],
  ])("hands in no log %s", async (_, log) => {
    const made = await rig()
    made.publish(log())
    await show(made)
    const resolver = made.start()
    await resolver.settled()
    await made.driver.settle()
    expect(await show(made)).toEqual(["identity.document_unavailable"])
    const [fact] = (await made.driver.rejected()).filter(({ reasons }) =>
      reasons.includes("identity.document_unavailable"),
    )
    expect(fact!.detail).toMatch(/\(invalid\)/)
  })

  it("goes on where it was after a start anew: what is known stands in the log", async () => {
    const made = await rig()
    await show(made)
    const first = made.start()
    await first.settled()
    await first.stop()
    await made.driver.settle()
    const second = made.start()
    await second.settled()
    expect(made.server.asked).toHaveLength(1)
    // The soft age is over.
    made.driver.now += 6 * 3_600_000
    await second.settled()
    expect(made.server.asked).toHaveLength(2)
    await made.driver.settle()
    expect(made.problems).toEqual([])
  })

  it("tries again where nobody takes what it found", async () => {
    const made = await rig()
    await show(made)
    let refused = 0
    const resolver = made.start({
      publish: async () => {
        refused++
        throw new Error("the node is away")
      },
    })
    await resolver.settled()
    made.driver.now += 60_000
    await resolver.settled()
    expect(refused).toBe(2)
    expect(made.problems[0]).toMatch(/the node is away/)
  })

  it("looks at the document of an issuer of the bundle though nobody asks, and hands it in once for all partitions", async () => {
    const made = await rig()
    const { did } = documented(made.driver.now - 86_400_000)
    const issuers = [{ ...world.bundle.issuers[0]!, did }]
    const named = { ...world.bundle, version: 4, issuers, resolvers: { dids: [RESOLVER.did] } }
    await publishKnowledge(made.driver.log, "bundle", signBundle(named, world.roots.slice(0, 2)))
    await made.driver.settle()
    const handedIn: Array<string> = []
    const [looks, failed]: [Array<string>, Array<string>] = [[], []]
    const nothing = (): void => undefined
    const resolver = made.start({
      onHandedIn: (kind, about) => handedIn.push(`${kind} ${about}`),
      watch: {
        looked: (...look) => looks.push(look.slice(0, 2).join(" ")),
        asked: nothing,
        handedIn: nothing,
        failed: (kind) => failed.push(kind),
      },
    })
    await resolver.settled()
    await made.driver.settle()
    expect(handedIn).toEqual([`signer-document ${did}`])
    expect(resolver.state()).toMatchObject({ dids: 1, signers: 1, looking: 0 })
    expect(resolver.notReady()).toBeNull()
    // It is looked at again, and is the same: every partition has it already.
    made.driver.now += 300_000
    await resolver.settled()
    expect(looks).toEqual(["webvh found", "webvh found"])
    expect([handedIn.length, failed]).toEqual([1, []])
    // Its host has it no more: that counts as a failure, and it is looked for as often as before, since what is in force ends.
    made.publish(null)
    for (let look = 0; look < 6; look++) {
      made.driver.now += 300_000
      await resolver.settled()
    }
    expect(failed).toEqual(Array.from({ length: 6 }, () => "signer-document"))
    expect(made.problems).toEqual([expect.stringContaining(`the document of the issuer or operator ${did}`)])
  })

  it("is not ready where the bundle does not name its key", async () => {
    const made = await rig()
    const key = {
      ...RESOLVER,
      did: world.rogueIssuer.did,
      sign: async (input: Uint8Array) => signRaw(RESOLVER.key, input),
    }
    const resolver = made.start({ key })
    expect(resolver.notReady()).toContain("no trust bundle is in force")
    await resolver.settled()
    expect(resolver.notReady()).toContain("does not name")
  })
})
