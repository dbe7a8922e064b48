/** From a message to a block of a real EVM, by the commands alone; the last step on a machine that has files and a node. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { decodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type Anvil, KEY, startAnvil } from "@assay/testkit/anvil"
import { assay, assayProcess, type Done } from "@assay/testkit/cli"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type SealedRun, sealedRun } from "./sealed-run.ts"

const STEP_MS = 120_000
let run: SealedRun
let anvil: Anvil
let env: Record<string, string>
let contract: string
/** The third party: what was given out, and a node. */
let theirs: string

const call = (...args: ReadonlyArray<string>): Promise<Done> =>
  assay(["anchor", ...args, "--json"], { cwd: run.root, env })

/** Runs `work` while the chain makes blocks. */
const mining = async <T>(work: Promise<T>): Promise<T> => {
  for (let isDone = false; !isDone; ) {
    isDone = await Promise.race([work.then(() => true), new Promise<boolean>((r) => setTimeout(r, 200, false))])
    if (!isDone) await anvil.mine()
  }
  return work
}

beforeAll(async () => {
  run = await sealedRun("anchored on a chain")
  anvil = await startAnvil()
  writeFileSync(join(run.root, "account-key"), `${KEY}\n`)
  env = {
    ASSAY_ANCHOR_RPC: anvil.url,
    ASSAY_ANCHOR_KEY_FILE: join(run.root, "account-key"),
    ASSAY_ANCHOR_CONFIRMATIONS: "2",
    ASSAY_ANCHOR_INTERVAL: "1",
  }
  const deployed = await mining(call("deploy", "--state", "anchors", "--name", "plant.example/anchor"))
  expect(deployed).toMatchObject({ code: 0, err: "" })
  contract = JSON.parse(deployed.out).contract
  env = { ...env, ASSAY_ANCHOR_CONTRACT: contract }
  theirs = join(run.root, "theirs")
  mkdirSync(theirs)
}, STEP_MS)
afterAll(async () => {
  await anvil?.stop()
  run?.remove()
})

it(
  "a third party follows a message to a block, by files and a node of its own",
  async () => {
    const once = () => call("run", "--data", "data", "--state", "anchors", "--once", "--identities")
    expect(await once()).toMatchObject({ code: 0 })
    const [decided] = (await run.records(STREAMS.verified)).map(({ value }) => decodeAssayed(value))
    const { origin, envelope } = decided!
    const name = `${origin.epoch}/${origin.partition}/${origin.offset}`
    const prove = () => call("prove", name, "--data", "data", "--state", "anchors", "--out", "theirs/decision.json")
    expect(await prove()).toMatchObject({ code: 1, out: expect.stringContaining('"anchored": false') })
    await anvil.mine(3)
    expect(await once()).toMatchObject({ code: 0 })
    expect(await prove()).toMatchObject({ code: 0 })
    const status = JSON.parse((await call("status", "--state", "anchors", "--every", "600")).out)
    expect(status).toMatchObject({ size: 2, evm: { evidence: 1, confirmed: { size: 2 }, lastDay: { count: 1 } } })
    expect(BigInt(status.evm.perDay)).toBe(BigInt(status.evm.last.wei) * 144n)

    cpSync(join(run.dir, "vkeys"), join(theirs, "vkeys"), { recursive: true })
    cpSync(join(run.root, "anchors", "anchor.vkey"), join(theirs, "anchor.vkey"))
    writeFileSync(join(theirs, "message"), envelope.bytes)
    const place = ["--chain", "31337", "--contract", contract, "--key", "vkeys", "--anchor-key", "anchor.vkey"]
    const verify = (...more: ReadonlyArray<string>): Promise<Done> =>
      assayProcess(["anchor", "verify", "decision.json", ...place, ...more], { cwd: theirs })
    const good = await verify("--rpc", anvil.url, "--confirmations", "2", "--message", "message")
    expect(good).toMatchObject({ code: 0, err: "" })
    expect(good.out).toMatch(/^valid\n/)
    expect(good.out).toContain(`the decision on ${name}: verified`)
    expect(good.out).toContain("the node has this block")

    expect(await verify("--rpc", anvil.url, "--confirmations", "500")).toMatchObject({ code: 1 })
    const unasked = await verify()
    expect([unasked.code, unasked.out]).toEqual([1, expect.stringContaining("nobody was asked")])
    const [, hash] = JSON.parse(
      (await assay(["anchor", "verify", "decision.json", ...place, "--json"], { cwd: theirs })).out,
    ).anchors[0].block.split(" ")
    expect(await verify("--block", hash)).toMatchObject({ code: 0 })
    expect(await verify("--block", hash.replace(/..$/, "00"))).toMatchObject({ code: 1 })
    writeFileSync(
      join(theirs, "other"),
      (await run.records(STREAMS.verified)).map(({ value }) => decodeAssayed(value))[1]!.envelope.bytes,
    )
    expect(await verify("--block", hash, "--message", "other")).toMatchObject({ code: 1 })
    const elsewhere = ["--chain", "1", "--contract", contract, "--key", "vkeys", "--anchor-key", "anchor.vkey"]
    expect(
      await assay(["anchor", "verify", "decision.json", ...elsewhere, "--block", hash], { cwd: theirs }),
    ).toMatchObject({ code: 1, out: expect.stringContaining("no anchor at") })

    // The device is in the anchored set of those that are enrolled.
    const device = decided!.claims!.iss
    const member = await call("member", device, "--state", "anchors", "--out", "theirs/member.json")
    expect([member.code, JSON.parse(member.out)]).toMatchObject([0, { device, set: "enrolled", anchors: 1 }])
    const own = await assayProcess(
      ["anchor", "verify", "member.json", ...place, "--rpc", anvil.url, "--confirmations", "2"],
      { cwd: theirs },
    )
    expect([own.code, own.out]).toEqual([0, expect.stringContaining(`${device} was enrolled, as one of`)])
    expect(await call("member", "did:key:zNobody", "--state", "anchors", "--out", "no")).toMatchObject({ code: 1 })

    // The whole log against everything that the contract was given; a rewritten copy does not agree.
    cpSync(join(run.root, "anchors", "log"), join(theirs, "log"), { recursive: true })
    cpSync(join(run.dir, "tlog"), join(theirs, "tlog"), { recursive: true })
    const audit = () =>
      assay(["anchor", "audit", "log", ...place, "--rpc", anvil.url, "--logs", "tlog", "--json"], { cwd: theirs })
    expect(JSON.parse((await audit()).out)).toMatchObject({
      agrees: true,
      heads: 1,
      leaves: 2,
      compared: 1,
      findings: [],
    })
    writeFileSync(join(theirs, "tlog", "p000", "checkpoint"), run.earlier)
    expect(await audit()).toMatchObject({ code: 1 })

    // The chain forgets the block: the same file proves nothing any more.
    await anvil.request({ method: "anvil_reorg", params: [4, []] })
    expect(await verify("--rpc", anvil.url, "--confirmations", "0")).toMatchObject({ code: 1 })
    expect(await once()).toMatchObject({ code: 0 })
    expect(await call("status", "--state", "anchors")).toMatchObject({ out: expect.stringContaining('"evidence": 0') })
  },
  STEP_MS,
)
