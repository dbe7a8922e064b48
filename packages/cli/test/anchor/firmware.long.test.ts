/** Reference values that were in force when a block was made: from a node's log to a file that a third party checks. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { publishKnowledge } from "@assay/engine"
import { World } from "@assay/fleet"
import { openNode } from "@assay/node"
import { type Anvil, KEY, startAnvil } from "@assay/testkit/anvil"
import { assay, type Done } from "@assay/testkit/cli"
import { afterAll, beforeAll, expect, it } from "vitest"
import { SERVICES } from "../../src/services.ts"

let cwd = ""
let anvil: Anvil
let mining: NodeJS.Timeout
let contract = ""
const world = new World({ seed: "anchored firmware", now: Math.floor(Date.now() / 1000), maker: true })
const [first, second, elsewhere] = [1, 2, 3].map((version) => world.signReferences(world.firmware(version)))
const at = (name: string): string => join(cwd, name)
const run = (...args: ReadonlyArray<string>): Promise<Done> =>
  assay(args, {
    cwd,
    env: {
      ASSAY_ANCHOR_RPC: anvil.url,
      ASSAY_ANCHOR_KEY: KEY,
      ASSAY_ANCHOR_CONFIRMATIONS: "1",
      ASSAY_ANCHOR_MAX_GWEI: "100",
      ...(contract === "" ? {} : { ASSAY_ANCHOR_CONTRACT: contract }),
    },
  })

/** The node activates these, and is closed again. */
const activate = async (items: ReadonlyArray<readonly [kind: string, body: Uint8Array]>): Promise<void> => {
  const node = await openNode(SERVICES, {
    dir: at("data"),
    partitions: 1,
    roots: world.rootSet,
    topology: "chained",
    tickMs: 1_000,
    seal: true,
    workers: 0,
    onProblem: (_, cause) => {
      throw cause
    },
  })
  for (const [kind, body] of items) await publishKnowledge(node.log, kind, body)
  await node.settled()
  await node.close()
}

/** Rounds until the newest head counts. */
const anchored = async (): Promise<void> => {
  const call = ["anchor", "run", "--once", "--firmware", "--data", "data", "--state", "anchors", "--json"]
  for (let round = 0; ; round++) {
    const { out, err } = await run(...call)
    const { size, anchors } = JSON.parse(out) as { size: number; anchors: ReadonlyArray<{ confirmed: number }> }
    if (anchors[0]!.confirmed === size) return
    if (round > 60) throw new Error(`not anchored: ${out} ${err}`)
  }
}

const prove = (file: string): Promise<Done> =>
  run("anchor", "member", "--references", file, "--state", "anchors", "--out", `${file}.json`, "--json")

const verify = (proof: string, file: string): Promise<Done> => {
  const chain = ["--chain", "31337", "--contract", contract, "--rpc", anvil.url, "--confirmations", "1"]
  return run("anchor", "verify", proof, "--anchor-key", "anchors/anchor.vkey", ...chain, "--references", file, "--json")
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-anchored-firmware-"))
  anvil = await startAnvil()
  mining = setInterval(() => void anvil.mine(), 100)
  writeFileSync(at("roots.json"), JSON.stringify(world.rootSet))
  writeFileSync(at("first.dsse"), first!)
  writeFileSync(at("second.dsse"), second!)
  writeFileSync(at("elsewhere.dsse"), elsewhere!)
  await activate(world.signedItems.map(([kind, body]) => [kind, kind === "reference-values" ? first! : body]))
  const deployed = await run("anchor", "deploy", "--state", "anchors", "--name", "plant.example/anchor", "--json")
  expect(deployed.code, deployed.err).toBe(0)
  contract = (JSON.parse(deployed.out) as { contract: string }).contract
  await anchored()
}, 120_000)
afterAll(async () => {
  clearInterval(mining)
  await anvil.stop()
  rmSync(cwd, { recursive: true, force: true })
})

it("are proven by their signed file, and by no other", async () => {
  expect(await prove("first.dsse")).toMatchObject({ code: 0 })
  const { code, out } = await verify("first.dsse.json", "first.dsse")
  expect([code, JSON.parse(out)]).toMatchObject([0, { valid: true, set: "firmware", size: 1 }])
  const other = await verify("first.dsse.json", "second.dsse")
  expect([other.code, JSON.parse(other.out)]).toMatchObject([1, { valid: false }])
  expect(await prove("elsewhere.dsse")).toMatchObject({ code: 1 })
})

it("are what was activated last, and sets of devices are neither made nor touched", async () => {
  await activate([["reference-values", second!]])
  await anchored()
  expect(await prove("second.dsse")).toMatchObject({ code: 0 })
  expect(await prove("first.dsse")).toMatchObject({ code: 1 })
  expect(readdirSync(at("anchors/sets")).every((name) => name.startsWith("firmware-"))).toBe(true)
})

it("are one kind of proof, and a passport belongs to another", async () => {
  const both = await run(
    "anchor",
    "member",
    "did:key:zA",
    "--references",
    "first.dsse",
    "--state",
    "anchors",
    "--out",
    "x",
  )
  expect([both.code, both.err]).toMatchObject([2, expect.stringContaining("name one member")])
  const passport = await run(
    ...["anchor", "verify", "second.dsse.json", "--anchor-key", "anchors/anchor.vkey", "--chain", "31337"],
    ...["--contract", contract, "--rpc", anvil.url, "--passport", "first.dsse"],
  )
  expect([passport.code, passport.err]).toMatchObject([
    2,
    expect.stringContaining("--passport is for a proof about a device"),
  ])
})
