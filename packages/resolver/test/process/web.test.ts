/** Two resolvers and a did:web: it counts where both see the same, and not by one of them alone. */
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { publishKnowledge } from "@assay/engine"
import { type Identity, identityOf } from "@assay/fleet"
import { signBundle } from "@assay/knowledge"
import { remoteOf } from "@assay/testkit/actors"
import { closeVerifyPool } from "@assay/testkit/driver"
import { openDriver } from "@assay/testkit/fleet"
import { afterAll, expect, it, onTestFinished } from "vitest"
import { type Peer, type RunningResolver, startResolver } from "../../src/index.ts"
import { HOST, hasOpenssl, startServer } from "../fetch/hostile-server.ts"
import { world } from "./documented.ts"

afterAll(closeVerifyPool)

const [one, two] = ["one", "two"].map((name) => identityOf("web", name, "Ed25519", "key")) as [Identity, Identity]
const device = identityOf("web", "device", "ES256", "key")
const DID = `did:web:${HOST}`

it.skipIf(!hasOpenssl)("comes into force by two resolvers, and not by one", async () => {
  const driver = await openDriver(world)
  onTestFinished(() => driver.close())
  const resolvers = { dids: [one.did, two.did], web: 2 }
  const bundle = signBundle({ ...world.bundle, version: 3, resolvers }, world.roots.slice(0, 2))
  await publishKnowledge(driver.log, "bundle", bundle)
  const multibase = encodeDidKey(publicKeyOf(device.key)).slice("did:key:".length)
  const methods = { verificationMethod: [{ id: "#k", type: "Multikey", publicKeyMultibase: multibase }] }
  const document = { id: DID, ...methods, assertionMethod: ["#k"], authentication: ["#k"] }
  const server = await startServer((_, response) => {
    response.writeHead(200, { "content-type": "application/did+json" })
    response.end(JSON.stringify(document))
  })
  const problems: Array<string> = []
  const start = (by: Identity, peers: ReadonlyArray<Peer>): RunningResolver => {
    const running = startResolver({
      log: driver.log,
      roots: world.rootSet,
      key: remoteOf(by),
      fetch: server.options,
      peers,
      publish: async (kind, signed) => {
        await publishKnowledge(driver.log, kind, signed)
      },
      now: () => driver.now,
      onProblem: (message, cause) => problems.push(`${message}: ${cause}`),
    })
    onTestFinished(() => running.stop())
    return running
  }
  const speaker = world.deviceAs({ ...device, did: DID, kid: `${DID}#k` }, "on the web")
  const show = async (): Promise<ReadonlyArray<string>> => {
    driver.now += 1_000
    const origin = await driver.say(DID, speaker.presentation(undefined, Math.floor(driver.now / 1_000)))
    await driver.settle()
    return driver.decidedAt(origin)!.decision.reasons.filter((reason) => reason.startsWith("identity."))
  }
  await driver.settle()
  expect(await show()).toEqual(["identity.document_missing"])
  const alone = start(one, [])
  await alone.settled()
  await alone.stop()
  expect(problems).toEqual([expect.stringMatching(/1 of 2 resolvers vouch/)])
  expect(await show()).toEqual(["identity.document_missing"])
  const second = start(two, [])
  await second.settled()
  const both = start(one, [
    async (envelope) => {
      const found = await second.vouch(envelope)
      if ("detail" in found) throw new Error(found.detail)
      return found
    },
  ])
  await both.settled()
  expect(await show()).toEqual([])
})
