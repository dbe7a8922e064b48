/** A device and an issuer under a did:ethr: what a registry on a real EVM says of them comes into force, and both count. */
import { publicKeyOf } from "@assay/did"
import { publishKnowledge } from "@assay/engine"
import { type Identity, identityOf } from "@assay/fleet"
import { signBundle } from "@assay/knowledge"
import { remoteOf } from "@assay/testkit/actors"
import { closeVerifyPool } from "@assay/testkit/driver"
import { openDriver } from "@assay/testkit/fleet"
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest"
import { startResolver } from "../../src/index.ts"
import { type RegistryChain, startRegistry, word } from "../ethr/registry.ts"
import { RESOLVER, world } from "./documented.ts"

let chain: RegistryChain
beforeAll(async () => {
  chain = await startRegistry()
}, 120_000)
afterAll(async () => {
  await chain?.stop()
  await closeVerifyPool()
})

const keyed = (name: string, address: string): Identity => {
  const { alg, key } = identityOf("ethr", name, "Ed25519", "key")
  const did = `did:ethr:plant:${address}`
  return { did, kid: `${did}#delegate-1`, alg, key }
}

it("a device is turned away, its history is read, and it counts; an issuer is looked at by itself", {
  timeout: 60_000,
}, async () => {
  const [device, issuer] = chain.accounts.map((address, n) => keyed(`key ${n}`, address)) as [Identity, Identity]
  for (const { did, key } of [device, issuer]) {
    const address = did.slice("did:ethr:plant:".length)
    const value = `0x${Buffer.from(publicKeyOf(key).publicKey).toString("hex")}`
    await chain.send(address, "setAttribute", address, word("did/pub/Ed25519/sigAuth/base64"), value, 1_000_000_000)
  }
  await chain.anvil.mine(4)
  const driver = await openDriver(world)
  onTestFinished(() => driver.close())
  const ethr = [{ network: "plant", chain: chain.chain, registry: chain.registry }]
  const issuers = [...world.bundle.issuers, { ...world.bundle.issuers[0]!, did: issuer.did }]
  const bundle = { ...world.bundle, version: 3, issuers, resolvers: { dids: [RESOLVER.did], web: 1, ethr } }
  await publishKnowledge(driver.log, "bundle", signBundle(bundle, world.roots.slice(0, 2)))
  await driver.settle()
  const speaker = world.deviceAs(device, "on a chain")
  const show = async (): Promise<ReadonlyArray<string>> => {
    driver.now += 1_000
    const origin = await driver.say(device.did, speaker.presentation(undefined, Math.floor(driver.now / 1_000)))
    await driver.settle()
    return driver.decidedAt(origin)!.decision.reasons.filter((reason) => /^(?:identity|credential)\./.test(reason))
  }
  expect(await show()).toEqual(["identity.document_missing"])
  const handedIn: Array<string> = []
  const problems: Array<string> = []
  const resolver = startResolver({
    log: driver.log,
    roots: world.rootSet,
    key: remoteOf(RESOLVER),
    fetch: { hosts: () => null },
    ethr: { nodes: new Map([["plant", chain.anvil.request]]), confirmations: 2 },
    publish: async (kind, signed) => {
      await publishKnowledge(driver.log, kind, signed)
    },
    now: () => driver.now,
    onProblem: (message, cause) => problems.push(`${message}: ${cause}`),
    onHandedIn: (kind, did) => handedIn.push(`${kind} ${did}`),
  })
  onTestFinished(() => resolver.stop())
  await resolver.settled()
  await driver.settle()
  expect(problems).toEqual([])
  expect(handedIn.toSorted()).toEqual([`did-document ${device.did}`, `signer-document ${issuer.did}`])
  expect(await show()).toEqual([])
  const report = await driver.replay()
  expect(report.differences).toEqual([])
})
