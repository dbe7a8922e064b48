/** From a message to a block of a real EVM, by the commands alone; the last step on a machine that has files and a node. */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { decodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type Anvil, cast, KEY, startAnvil } from "@assay/testkit/anvil"
import { assay, assayProcess, type Done } from "@assay/testkit/cli"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type SealedRun, sealedRun } from "./sealed-run.ts"

const STEP_MS = 120_000
const ROOT = new URL("../../../", import.meta.url)
const SCRIPT = fileURLToPath(new URL("docs/guides/check_decision.py", ROOT))

const hasPython = spawnSync("python3", ["-c", "import cryptography"]).status === 0
if (!hasPython)
  console.warn("SKIPPED: part of test/system/record/anchored.long.test.ts needs python3 with the package cryptography")
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

/** Of the file of the guide, in which nothing of ours runs. */
const byScript = (hash: string): void => {
  if (!hasPython) return
  cpSync(fileURLToPath(new URL("schemas/avsc", ROOT)), join(theirs, "schemas"), { recursive: true })
  const check = (file: string, ...more: ReadonlyArray<string>) => {
    const place = ["--log-key", "vkeys/p000.vkey", "--anchor-key", "anchor.vkey", "--chain", "31337"]
    const argv = [SCRIPT, file, "--schemas", "schemas", ...place, ...more]
    const { status, stdout, stderr } = spawnSync("python3", argv, { cwd: theirs, encoding: "utf8" })
    return { code: status, out: stdout, err: stderr.trim() }
  }
  const here = ["--contract", contract]
  const good = check("decision.json", ...here, "--rpc", anvil.url, "--confirmations", "2", "--message", "message")
  expect(good).toMatchObject({ code: 0, err: "" })
  expect(good.out).toContain("the message of message is the one that was decided")
  expect(good.out).toMatch(/the node has this block[^\n]*\nvalid\n$/)
  expect(check("decision.json", ...here, "--block", hash)).toMatchObject({ code: 0, err: "" })

  const refused = (why: string, file: string, ...more: ReadonlyArray<string>): void =>
    expect(check(file, ...more)).toMatchObject({ code: 1, err: expect.stringMatching(`^NOT VALID: .*${why}`) })
  refused("nobody was asked", "decision.json", ...here)
  refused("blocks stand above", "decision.json", ...here, "--rpc", anvil.url, "--confirmations", "500")
  refused("the anchor is in block", "decision.json", ...here, "--block", hash.replace(/..$/, "00"))
  refused("the decision is on the message", "decision.json", ...here, "--block", hash, "--message", "other")
  refused("no anchor at", "decision.json", "--contract", `0x${"11".repeat(20)}`, "--block", hash)
  // Whatever is changed in the file, it proves nothing any more.
  const file = readFileSync(join(theirs, "decision.json"), "utf8")
  const { proof, anchors } = JSON.parse(file)
  const [anchor] = anchors
  const [extra] = /(?<=\nextra )\S+/.exec(proof)!
  const said = JSON.parse(Buffer.from(extra, "base64").toString())
  const event = Buffer.from(said.event, "base64")
  event[event.length - 2]! ^= 1
  const other = Buffer.from(JSON.stringify({ ...said, event: event.toString("base64") })).toString("base64")
  const at = (evidence: object) => JSON.stringify({ ...JSON.parse(file), anchors: [{ ...anchor, evidence }] })
  const changed: ReadonlyArray<readonly [why: string, text: string]> = [
    ["", JSON.stringify({ ...JSON.parse(file), proof: proof.replace(extra, other) })],
    ["signature|checkpoint", file.replaceAll("\\nassay.local/audit/", "\\nassay.local/other/")],
    ["no event", at({ ...anchor.evidence, contract: `0x${"11".repeat(20)}` })],
    [
      "lead",
      at({ ...anchor.evidence, receipt: anchor.evidence.receipt.map((node: string) => `${node.slice(0, -2)}00`) }),
    ],
    ["cannot be read|RLP", at({ ...anchor.evidence, header: "0xc0" })],
    ["cannot be read", "[]"],
    ["cannot be read", "{"],
  ]
  for (const [why, text] of changed) {
    writeFileSync(join(theirs, "changed.json"), text)
    const place = why === "no event" ? ["--contract", `0x${"11".repeat(20)}`] : here
    refused(`(?:${why})`, "changed.json", ...place, "--block", hash)
  }
}

/** A client of others finds on the chain what our file says of it. */
const byCast = (hash: string): void => {
  const { anchors } = JSON.parse(readFileSync(join(theirs, "decision.json"), "utf8"))
  const { note, header, transaction } = anchors[0].evidence
  const [, size, root] = note.split("\n")
  const ask = (...args: ReadonlyArray<string>): string => cast(anvil.url, ...args)
  expect(ask("call", contract, "size()(uint64)")).toBe(size)
  expect(ask("call", contract, "root()(bytes32)")).toBe(`0x${Buffer.from(root, "base64").toString("hex")}`)
  expect(ask("keccak", header)).toBe(hash)
  const [block, status] = ["blockHash", "status"].map((field) => ask("receipt", transaction, field))
  expect([block, status]).toEqual([hash, expect.stringMatching(/^1|true|0x1/)])
}

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

    byScript(hash)
    byCast(hash)

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
