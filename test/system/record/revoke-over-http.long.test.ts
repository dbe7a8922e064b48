/** `assay revoke` as operators call it: on a running node, with both keys; what is left after a call that ended early, the next one does. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { readCredential } from "@assay/credentials"
import { encodeSubmitted, publishKnowledge, verifyStreams } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import { openNode } from "@assay/node"
import { decodeAssayed, decodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { plainNode } from "@assay/testkit/plain-node"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const STEP_MS = 180_000
const NOW = Math.floor(Date.now() / 1_000)
const world = new World({ seed: "revoked over HTTP", now: NOW, rights: ["revoke"] })
const cwd = mkdtempSync(join(tmpdir(), "assay-revoke-http-"))
const data = join(cwd, "data")
let node: Awaited<ReturnType<typeof openNode>>

const say = async (device: Device, bytes: Uint8Array): Promise<void> => {
  const record = encodeSubmitted(Buffer.from(device.did), envelopeOf(bytes))
  await node.log.append({ stream: STREAMS.submitted, partition: 0 }, [record])
}
const trusted = async (name: string): Promise<Device> => {
  const device = world.device(name)
  await say(device, device.presentation().bytes)
  await node.settled()
  for (let n = 0; n < 12; n++) await say(device, device.message().bytes)
  await node.settled()
  return device
}
const recordsOf = async (stream: string) => node.log.read({ stream, partition: 0 }, 0, 4_096, 64 << 20)
const takenBack = async (): Promise<ReadonlyArray<string>> =>
  (await recordsOf(STREAMS.revoked)).map(({ value }) => decodeAssayed(value).claims!.iss)
const revoke = async (what: ReadonlyArray<string>, ...more: ReadonlyArray<string>) => {
  const where = ["--index", "index", "--data", data, "--roots", "roots.json", "--url", node.url!]
  const from = ["--from", new Date((NOW - 60) * 1_000).toISOString()]
  const done = await assay(["revoke", ...what, ...from, ...where, "--json", ...more], { cwd })
  return { ...done, value: done.out === "" ? null : JSON.parse(done.out) }
}
const signed = ["--keys", "operator-0.json,operator-1.json", "--aud", world.trustDomain]

beforeAll(async () => {
  writeFileSync(join(cwd, "roots.json"), JSON.stringify(world.rootSet))
  world.operators.slice(0, 2).forEach(({ did, key }, n) => {
    writeFileSync(join(cwd, `operator-${n}.json`), JSON.stringify({ did, jwk: key.export({ format: "jwk" }) }))
  })
  node = await openNode(SERVICES, { ...plainNode(data, world.rootSet), onProblem: () => undefined })
  for (const [kind, body] of world.signedItems) await publishKnowledge(node.log, kind, body)
})
afterAll(async () => {
  await node.close()
  rmSync(cwd, { recursive: true, force: true })
})

describe("a call with both keys", () => {
  it("revokes the key of a device, and takes back all that was issued of it", { timeout: STEP_MS }, async () => {
    const [device, other] = [await trusted("copied key"), await trusted("another key")]
    const planned = await revoke(["--key", device.did])
    expect(planned, planned.err).toMatchObject({ code: 0, value: { devices: 0, stand: 0, gone: 0 } })
    const done = await revoke(["--key", device.did], ...signed)
    expect(done, done.err).toMatchObject({ code: 0, value: { decisions: planned.value.decisions } })
    const back = await takenBack()
    expect(back).toHaveLength(planned.value.decisions)
    expect(back.length).toBeGreaterThanOrEqual(12)
    expect(new Set(back)).toEqual(new Set([device.did]))
    await say(device, device.message().bytes)
    await say(other, other.message().bytes)
    await node.settled()
    const [refused] = (await recordsOf(STREAMS.quarantined)).slice(-1)
    expect(decodeAssayed(refused!.value)).toMatchObject({ claims: { iss: device.did }, decision: { trust: "revoked" } })
    const [verified] = (await recordsOf(STREAMS.verified)).slice(-1)
    expect(decodeAssayed(verified!.value).claims!.iss).toBe(other.did)
    // Again: there is nothing left.
    expect(await revoke(["--key", device.did], ...signed)).toMatchObject({ code: 0, value: { decisions: 0 } })
    expect(await takenBack()).toHaveLength(back.length)
  })

  it("revokes one credential, and its device is trusted no more", { timeout: STEP_MS }, async () => {
    const device = await trusted("bad credential")
    const before = (await takenBack()).length
    const [token] = device.profile.credentials
    writeFileSync(join(cwd, "credential"), token!)
    const done = await revoke(["--credential", "credential"], ...signed)
    expect(done, done.err).toMatchObject({ code: 0, value: { devices: 1, partitions: 1 } })
    const { hash } = (readCredential(token!) as { credential: { hash: string } }).credential
    expect(done.value.target).toBe(`urn:assay:credential:${hash}`)
    const back = (await takenBack()).slice(before)
    expect(back).toHaveLength(done.value.decisions)
    expect(new Set(back)).toEqual(new Set([device.did]))
    await say(device, device.message().bytes)
    await node.settled()
    const [refused] = (await recordsOf(STREAMS.quarantined)).slice(-1)
    expect(decodeAssayed(refused!.value).decision!.reasons).toContain("credential.revoked")
    const events = (await recordsOf(STREAMS.audit)).map(({ value }) => decodeAudit(value))
    const moved = events.filter((event) => event.kind === "transition" && event.to === "watched")
    expect(moved.map((event) => event.device)).toContain(device.did)
    const incident = JSON.parse(events.findLast(({ kind }) => kind === "incident")!.detail!)
    expect(incident).toMatchObject({ of: "credential", decisions: done.value.decisions, devices: 1 })
    expect(incident.tookMs).toBeGreaterThanOrEqual(0)
    expect((await verifyStreams(node.log, 0)).flatMap(({ findings }) => findings)).toEqual([])
  })

  it.each([
    [["--key", "did:key:zA", "--issuer", "did:key:zB"], /one of --key/],
    [["--issuer", "acme"], /takes a DID/],
    [["--credential", "roots.json"], /holds no credential/],
  ])("says what is wrong with %j", { timeout: STEP_MS }, async (what, text) => {
    const { code, err } = await revoke(what)
    expect(code).toBe(2)
    expect(err).toMatch(text)
  })
})

describe("two operators who sign on two machines", () => {
  const refusedFor = (done: { readonly out: string; readonly err: string }) => `${done.out}${done.err}`
  /** The second one has a key, the files, and the node. */
  const join2 = (key: string, ...more: ReadonlyArray<string>) =>
    assay(["revoke", "--tokens", "first", "--keys", key, "--url", node.url!, "--json", ...more], { cwd })

  it("revoke by files; one signature alone counts for nothing", { timeout: STEP_MS }, async () => {
    const device = await trusted("by files")
    const before = (await takenBack()).length
    writeFileSync(join(cwd, "by-files"), device.profile.credentials[0]!)
    const what = ["--credential", "by-files"]
    const one = ["--keys", "operator-0.json", "--aud", world.trustDomain]

    const alone = await revoke(what, ...one)
    expect(alone.code).toBe(1)
    expect(refusedFor(alone)).toContain("control.threshold")

    const round = async (...more: ReadonlyArray<string>): Promise<void> => {
      const first = await revoke(what, ...one, "--sign-only", "--parts", "list", "--valid", "60", ...more)
      expect(first, first.err).toMatchObject({ code: 0 })
      expect(first.value.tokens).toHaveLength(1)
      writeFileSync(join(cwd, "first"), first.value.tokens.join("\n"))
    }
    await round()
    // The same one a second time is no second operator, and what is signed for another hour is still one signature.
    expect(refusedFor(await join2("operator-0.json"))).toMatch(/control\.(threshold|malformed|unsigned)/)
    const begun = await join2("operator-1.json")
    expect(begun, begun.err).toMatchObject({ code: 0 })
    await say(device, device.message().bytes)
    await node.settled()
    const [refused] = (await recordsOf(STREAMS.quarantined)).slice(-1)
    expect(decodeAssayed(refused!.value).decision!.reasons).toContain("credential.revoked")
    expect(await takenBack()).toHaveLength(before)

    // Once more for the list: of the file, and of no other.
    await round()
    expect(await join2("operator-1.json")).toMatchObject({ code: 2, err: expect.stringContaining("--parts") })
    writeFileSync(join(cwd, "other"), "x\n")
    expect(await join2("operator-1.json", "--parts", "other")).toMatchObject({
      code: 2,
      err: expect.stringContaining("is not the list that was signed"),
    })
    const done = await join2("operator-1.json", "--parts", "list")
    expect(done, done.err).toMatchObject({ code: 0 })
    const back = (await takenBack()).slice(before)
    expect(back).toHaveLength(JSON.parse(done.out).decisions)
    expect(new Set(back)).toEqual(new Set([device.did]))
    expect(await revoke(what, ...signed)).toMatchObject({ code: 0, value: { decisions: 0, devices: 0 } })
  })
})
