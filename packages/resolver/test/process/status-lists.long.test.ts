/** A revocation without a new bundle: the issuer publishes a list, the resolver hands it in, and the next message of the device is quarantined. */
import { issueCredential, signStatusList, verifyCredential } from "@assay/credentials"
import { publishKnowledge } from "@assay/engine"
import { algOf, signRaw } from "@assay/jose"
import { hashOfBody, signBundle } from "@assay/knowledge"
import { remoteOf } from "@assay/testkit/actors"
import { closeVerifyPool } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { formatOrigin } from "@assay/trust"
import { afterAll, describe, expect, it, onTestFinished } from "vitest"
import { startResolver } from "../../src/index.ts"
import { HOST, hasOpenssl, startServer } from "../fetch/hostile-server.ts"
import { RESOLVER } from "./documented.ts"

afterAll(closeVerifyPool)

const ID = `https://${HOST}/status/1`
const INDEX = 11

const rig = async () => {
  const world = aWorld("status lists")
  const driver = await openDriver(world)
  onTestFinished(() => driver.close())
  const { manufacturer, bundle } = world
  const issuers = bundle.issuers.map((one) => ({ ...one, status: { lists: [ID], maxAgeMs: 3_600_000 } }))
  await publishKnowledge(driver.log, "bundle", signBundle({ ...bundle, version: 3, issuers }, world.roots.slice(0, 2)))
  await driver.settle()
  const device = world.device("listed")
  const read = verifyCredential(device.profile.credentials[0]!)
  if ("reason" in read) throw new Error(read.detail)
  const { terms, ...said } = read.credential
  const credential = issueCredential(
    {
      ...said,
      vendor: terms.vendor,
      class: terms.class,
      assurance: terms.assurance,
      capabilities: terms.capabilities.source,
      status: [{ list: ID, purpose: "revocation", index: INDEX }],
    },
    manufacturer,
  )
  const published: { bytes: Uint8Array | null } = { bytes: null }
  const server = await startServer((_, response) => {
    response.writeHead(published.bytes === null ? 404 : 200, { "content-type": "application/vc+jwt" })
    response.end(published.bytes ?? "")
  })
  const problems: Array<string> = []
  const resolver = startResolver({
    log: driver.log,
    roots: world.rootSet,
    key: remoteOf(RESOLVER),
    fetch: server.options,
    publish: async (kind, signed) => {
      await publishKnowledge(driver.log, kind, signed)
    },
    now: () => driver.now,
    onProblem: (message, cause) => problems.push(`${message}: ${cause}`),
  })
  onTestFinished(() => resolver.stop())
  /** The issuer's list of now: who is on it. */
  const publish = async (set: ReadonlyArray<number>): Promise<Uint8Array> => {
    const list = {
      format: "vc+jwt",
      id: ID,
      purpose: "revocation",
      issued: driver.now,
      expires: driver.now + 86_400_000,
      ttlMs: 1_000,
      entries: 0,
      size: 1,
      values: set.map((index) => [index, 1] as const),
    } as const
    const { did, key } = manufacturer
    published.bytes = await signStatusList(list, { did, alg: algOf(key), sign: async (input) => signRaw(key, input) })
    return published.bytes
  }
  /** Ten seconds later, when the resolver has looked. */
  const look = async (): Promise<void> => {
    driver.now += 10_000
    await resolver.settled()
    await driver.settle()
  }
  const decided = async (signed: { readonly bytes: Uint8Array }) => {
    const origin = await driver.say(device.did, signed)
    await driver.settle()
    const { outcome } = driver.decidedAt(origin)!.decision
    if (outcome === "rejected" || outcome === "undecided")
      throw new Error(`${outcome}: ${driver.decidedAt(origin)!.decision.reasons.join(", ")}`)
    const at = formatOrigin(origin)
    return (await driver.decisions(outcome)).find((one) => formatOrigin(one.origin) === at)!.verdicts.credential!
  }
  const seconds = (): number => Math.floor(driver.now / 1_000)
  return {
    driver,
    problems,
    server,
    publish,
    look,
    published,
    show: () => decided(device.presentation([credential], seconds())),
    say: () => decided(device.message({ iat: seconds() })),
  }
}

describe.skipIf(!hasOpenssl)("a status list that its issuer publishes", () => {
  it("counts seconds after it was published, and a revocation needs no new bundle; a replay comes to the same", async () => {
    const made = await rig()
    // Without the list there is no trust.
    expect((await made.show()).reasons).toEqual(["credential.status_unavailable"])
    const clear = await made.publish([INDEX + 1])
    await made.look()
    const shown = await made.show()
    expect(shown.reasons).toEqual([])
    expect(shown.knowledge).toContain(hashOfBody(clear))
    expect((await made.say()).reasons).toEqual([])
    const revoked = await made.publish([INDEX, INDEX + 1])
    await made.look()
    const said = await made.say()
    expect(said).toMatchObject({ outcome: "fail", reasons: ["credential.revoked"] })
    expect(said.knowledge).toContain(hashOfBody(revoked))
    // Whoever serves the older one again, or hands it in, takes nothing back.
    made.published.bytes = clear
    await made.look()
    await publishKnowledge(made.driver.log, "status-list", clear)
    await made.driver.settle()
    expect((await made.say()).reasons).toEqual(["credential.revoked"])
    expect(made.problems.filter((problem) => !problem.includes("404"))).toEqual([])
    const asked = made.server.asked.length
    expect((await made.driver.replay()).differences).toEqual([])
    expect(made.server.asked.length).toBe(asked)
  })

  it("annotates telemetry once it is too old, and its server cannot hold it back for longer", async () => {
    const made = await rig()
    await made.publish([])
    await made.look()
    expect((await made.show()).reasons).toEqual([])
    made.driver.now += 3_600_000
    await made.look()
    expect((await made.say()).reasons).toEqual(["credential.status_stale"])
    await made.publish([])
    await made.look()
    expect((await made.say()).reasons).toEqual([])
  })
})
