/** ERC-1056 on a real EVM: what a resolver reads of a registry, at which block, and what comes into force of it. */
import { generateKeyPairSync } from "node:crypto"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { dsseSign } from "@assay/jose"
import { DID_DOCUMENT_KIND, DID_DOCUMENT_TYPE, readDidDocument } from "@assay/knowledge"
import { actor, bundleOf } from "@assay/testkit/actors"
import type { TrustBundle } from "@assay/trust"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { RpcRequest } from "../../src/ethr/look.ts"
import { looker } from "../../src/look.ts"
import { type RegistryChain, startRegistry, word } from "./registry.ts"

const HOUR = 3_600
const CONFIRMATIONS = 2
const [first, second, maker] = [actor(), actor(), actor()]
let chain: RegistryChain
let snapshot: unknown

beforeAll(async () => {
  chain = await startRegistry()
  snapshot = await chain.anvil.request({ method: "evm_snapshot" })
}, 120_000)
afterAll(() => chain?.stop())
// Each begins with the registry alone.
beforeEach(async () => {
  await chain.anvil.request({ method: "evm_revert", params: [snapshot] })
  snapshot = await chain.anvil.request({ method: "evm_snapshot" })
})

const registries = (change: object = {}) => [
  { network: "plant", chain: chain.chain, registry: chain.registry, ...change },
]
const didOf = (address: string): string => `did:ethr:plant:${address}`

const lookWith = (request: RpcRequest = chain.anvil.request, named = registries()) =>
  looker({
    get: async () => ({ reason: "not_allowed", detail: "no host is asked" }),
    now: Date.now,
    hardMs: HOUR * 1_000,
    ethr: { nodes: new Map([["plant", request]]), registries: () => named, confirmations: CONFIRMATIONS },
  })

const look = async (address: string) => {
  const found = await lookWith()(didOf(address))
  if ("why" in found) throw new Error(`${found.why}: ${found.detail}`)
  const read = readDidDocument(Buffer.from(JSON.stringify(found)))
  if ("problem" in read) throw new Error(read.problem)
  return { found, document: read.body }
}
const keysOf = async (address: string) =>
  (await look(address)).document.keys.map((key) => [encodeDidKey(key), key.fragment, key.authentication])

const ed25519 = publicKeyOf(generateKeyPairSync("ed25519").privateKey)
const p256 = publicKeyOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey)
const raw = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`
const multikey = raw(Buffer.concat([Buffer.from([0x80, 0x24]), p256.publicKey]))

const set = (address: string, name: string, value: string, validity = HOUR) =>
  chain.send(address, "setAttribute", address, word(name), value, validity)

describe("the registry of ERC-1056", () => {
  it("says nothing of an address that never changed: a document without a key", async () => {
    await chain.anvil.mine(CONFIRMATIONS)
    expect(await keysOf(chain.accounts[0]!)).toEqual([])
  })

  it("is read as of a block that enough others stand above, all events of each block in their order", async () => {
    const [owner] = chain.accounts as [string]
    await set(owner, "did/pub/Ed25519/veriKey/base64", raw(ed25519.publicKey))
    await chain.send(owner, "addDelegate", owner, word("veriKey"), chain.accounts[1]!, HOUR)
    await set(owner, "did/pub/Multikey/sigAuth", multikey)
    await chain.anvil.mine()
    await chain.anvil.mine(CONFIRMATIONS - 1)
    expect(await keysOf(owner)).toEqual([])
    await chain.anvil.mine()
    const both = [
      [encodeDidKey(ed25519), "delegate-1", false],
      [encodeDidKey(p256), "delegate-3", true],
    ]
    expect(await keysOf(owner)).toEqual(both)
    await chain.send(owner, "revokeDelegate", owner, word("veriKey"), chain.accounts[1]!)
    await chain.anvil.mine()
    await chain.send(owner, "revokeAttribute", owner, word("did/pub/Ed25519/veriKey/base64"), raw(ed25519.publicKey))
    await chain.anvil.mine(CONFIRMATIONS + 1)
    const { found } = await look(owner)
    expect(JSON.parse(found.published).changes).toHaveLength(5)
    expect(await keysOf(owner)).toEqual([both[1]])
  })

  it("lets keys end at the time that the chain says", async () => {
    const [owner] = chain.accounts as [string]
    await set(owner, "did/pub/Ed25519/veriKey", raw(ed25519.publicKey), 600)
    await chain.anvil.mine(CONFIRMATIONS + 1)
    const [key] = (await look(owner)).document.keys
    const block = (await chain.anvil.request({ method: "eth_getBlockByNumber", params: ["latest", false] })) as {
      timestamp: string
    }
    expect(Math.abs(key!.until! - (Number(block.timestamp) + 601) * 1_000)).toBeLessThan(30_000)
  })

  it("follows its owner: the old one may change nothing, and nobody's DID is deactivated", async () => {
    const [owner, other] = chain.accounts as [string, string]
    await chain.send(owner, "changeOwner", owner, other)
    await chain.anvil.mine()
    await set(owner, "did/pub/Ed25519/veriKey", raw(ed25519.publicKey))
    await chain.send(other, "setAttribute", owner, word("did/pub/Multikey/veriKey"), multikey, HOUR)
    await chain.anvil.mine(CONFIRMATIONS + 1)
    expect(await keysOf(owner)).toEqual([[encodeDidKey(p256), "delegate-1", false]])
    await chain.send(other, "changeOwner", owner, `0x${"0".repeat(40)}`)
    await chain.anvil.mine(CONFIRMATIONS + 1)
    expect((await look(owner)).document).toMatchObject({ deactivated: true, keys: [], method: "ethr" })
  })

  it("comes into force where as many resolvers as the bundle asks for have read the same of the registry that it names", async () => {
    const [owner] = chain.accounts as [string]
    await set(owner, "did/pub/Ed25519/sigAuth", raw(ed25519.publicKey))
    await chain.anvil.mine(CONFIRMATIONS + 1)
    const { found } = await look(owner)
    // Blocks that come later change nothing of what was read, so another resolver signs the same.
    await chain.anvil.mine(5)
    expect((await look(owner)).found.published).toBe(found.published)
    const under = (change: object) => {
      const resolvers: TrustBundle["resolvers"] = { dids: [first.did, second.did], web: 2, ethr: registries(change) }
      const body = bundleOf(maker, { resolvers })
      return { roots: { roots: [], threshold: 1 }, bundle: { hash: "", version: 1, expires: Date.now() * 2, body } }
    }
    const item = (...by: ReadonlyArray<typeof first>) =>
      dsseSign(DID_DOCUMENT_TYPE, Buffer.from(JSON.stringify(found)), by)
    expect(DID_DOCUMENT_KIND.open(item(first, second), under({}))).toMatchObject({ subject: didOf(owner) })
    expect(DID_DOCUMENT_KIND.open(item(first), under({}))).toMatchObject({ detail: "1 of 2 resolvers signed" })
    for (const other of [{ chain: 1 }, { registry: `0x${"11".repeat(20)}` }, { network: "mainnet" }])
      expect(DID_DOCUMENT_KIND.open(item(first, second), under(other))).toMatchObject({
        reasons: ["control.knowledge_unsigned"],
      })
  })

  it("is not believed where the node leaves events out, is of another chain, or has no registry there", async () => {
    const [owner] = chain.accounts as [string]
    await set(owner, "did/pub/Ed25519/veriKey", raw(ed25519.publicKey))
    await set(owner, "did/pub/Multikey/veriKey", multikey)
    await chain.anvil.mine(CONFIRMATIONS + 1)
    const leaving =
      (count: number): RpcRequest =>
      async (call) => {
        const answer = await chain.anvil.request(call)
        return call.method === "eth_getLogs" ? (answer as ReadonlyArray<unknown>).slice(count) : answer
      }
    const said = async (request: RpcRequest, named = registries()) => {
      const found = await lookWith(request, named)(didOf(owner))
      return "why" in found ? `${found.why}: ${found.detail}` : "found"
    }
    expect(await said(leaving(1))).toContain("do not follow each other")
    expect(await said(leaving(2))).toContain("it must keep all of them")
    expect(await said(chain.anvil.request, registries({ chain: 1 }))).toContain("the bundle names chain 1")
    expect(await said(chain.anvil.request, registries({ registry: `0x${"11".repeat(20)}` }))).toContain(
      "no registry at",
    )
    expect(await said(chain.anvil.request, registries({ network: "mainnet" }))).toContain("names no registry of plant")
    expect(await said(() => Promise.reject(new Error("the node is away")))).toBe("unreachable: the node is away")
  })
})
