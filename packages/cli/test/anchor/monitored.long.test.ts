/** The anchor log as its operator runs it, with a witness, and as a monitor sees it beside a real chain. */

import { generateKeyPairSync } from "node:crypto"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type RunningServer, startServer } from "@assay/ingress"
import { startSealers } from "@assay/integrity-hasher/sealer"
import { openEmbedded } from "@assay/log/embedded"
import { encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type Anvil, KEY, startAnvil } from "@assay/testkit/anvil"
import { auditEvent } from "@assay/testkit/audit-event"
import { assay, type Done, startUntil } from "@assay/testkit/cli"
import { decodeVkey, encodeWitnessKey, keySigner, witnessKey } from "@assay/transparency"
import { Witness, WitnessStates, witnessRoutes } from "@assay/witness/server"
import { afterAll, beforeAll, expect, it, vi } from "vitest"

let cwd = ""
let anvil: Anvil
let server: RunningServer
let mining: NodeJS.Timeout
/** The newest block that was asked for. */
let mined: Promise<void> = Promise.resolve()
let contract = ""
const at = (name: string): string => join(cwd, name)
const env = (): Record<string, string> => ({
  ASSAY_ANCHOR_RPC: anvil.url,
  ASSAY_ANCHOR_KEY: KEY,
  ASSAY_ANCHOR_CONFIRMATIONS: "1",
  ASSAY_ANCHOR_MAX_GWEI: "100",
  ...(contract === "" ? {} : { ASSAY_ANCHOR_CONTRACT: contract }),
})
const run = (...args: ReadonlyArray<string>): Promise<Done> => assay(args, { cwd, env: env() })

const seal = async (from: number, to: number): Promise<void> => {
  const log = await openEmbedded({ dir: at("data"), partitions: 1 })
  const sealers = await startSealers(log, at("data"), (cause) => {
    throw cause
  })
  const events = Array.from({ length: to - from }, (_, n) => auditEvent(from + n))
  const records = events.map((event) => ({ key: Buffer.from(event.device!), value: encodeAudit(event) }))
  await log.append({ stream: STREAMS.audit, partition: 0 }, records)
  await sealers.settled()
  await sealers.stop()
  await log.close()
}

/** Rounds until the newest head counts. */
const anchored = async (...more: ReadonlyArray<string>): Promise<void> => {
  for (let round = 0; ; round++) {
    const { out, err } = await run("anchor", "run", "--once", "--data", "data", "--state", "anchors", "--json", ...more)
    const { size, anchors } = JSON.parse(out) as { size: number; anchors: ReadonlyArray<{ confirmed: number }> }
    if (anchors[0]!.confirmed === size) return
    if (round > 60) throw new Error(`not anchored: ${out} ${err}`)
  }
}

const watch = (log: string, state: string): Promise<Done> => {
  writeFileSync(
    at("policy"),
    `log ${readFileSync(at("anchors/anchor.vkey"), "utf8").trim()} ${at(log)}\n${readFileSync(at("witnesses"), "utf8")}`,
  )
  const chain = ["--anchor-key", "anchors/anchor.vkey", "--chain", "31337", "--contract", contract, "--rpc", anvil.url]
  return run("monitor", "--policy", "policy", "--state", state, "--once", "--json", ...chain)
}

/** A node of the chain that can be away: it hands calls on until it is closed. */
const startForwarder = async (to: string): Promise<{ readonly url: string; close(): void }> => {
  const forwarder = createServer((request, response) => {
    const parts: Array<Buffer> = []
    request.on("data", (part: Buffer) => void parts.push(part))
    request.on("end", async () => {
      const headers = { "content-type": "application/json" }
      const answer = await fetch(to, { method: "POST", headers, body: Buffer.concat(parts) })
      response.end(await answer.text())
    })
  })
  await new Promise<void>((resolve) => forwarder.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(forwarder.address() as AddressInfo).port}`,
    close: () => {
      forwarder.close()
      forwarder.closeAllConnections()
    },
  }
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-monitored-"))
  anvil = await startAnvil()
  mining = setInterval(() => {
    mined = mined.then(() => anvil.mine())
  }, 100)
  await seal(0, 20)
  const deployed = await run("anchor", "deploy", "--state", "anchors", "--name", "plant.example/anchor", "--json")
  expect(deployed.code, deployed.err).toBe(0)
  contract = (JSON.parse(deployed.out) as { contract: string }).contract
  const signer = keySigner(generateKeyPairSync("ed25519").privateKey)
  const key = witnessKey("w1.example", signer.publicKey)
  const states = new WitnessStates(at("witness"))
  await states.open()
  const logs = [decodeVkey(readFileSync(at("anchors/anchor.vkey"), "utf8").trim())]
  const witness = new Witness({ key, signer, logs, states, now: Date.now, onFork: () => undefined })
  server = await startServer({
    host: "127.0.0.1",
    port: 0,
    access: { tokens: [], certificates: [], open: false },
    routes: witnessRoutes(witness, states),
    onRefused: () => undefined,
  })
  writeFileSync(at("witnesses"), `witness w1 ${encodeWitnessKey(key)} ${server.url}\nquorum w1\n`)
  writeFileSync(at("asked"), readFileSync(at("witnesses")))
})
afterAll(async () => {
  clearInterval(mining)
  await mined
  await server?.close()
  await anvil?.stop()
  rmSync(cwd, { recursive: true, force: true })
})

it("is anchored and cosigned, and the monitor finds that log, witness and chain agree", async () => {
  await anchored("--witness-policy", "asked")
  const { code, out, err } = await watch("anchors/log", "monitor")
  expect([code, err]).toEqual([0, ""])
  expect(JSON.parse(out).views).toMatchObject([
    { log: "plant.example/anchor", size: 1, chain: { size: 1 }, common: { size: 1, by: ["w1"] }, alarms: [] },
  ])
  const audit = ["anchor", "audit", "anchors/log", "--anchor-key", "anchors/anchor.vkey", "--chain", "31337"]
  const audited = await run(...audit, "--contract", contract, "--rpc", anvil.url, "--witness-policy", "asked", "--json")
  expect([audited.code, JSON.parse(audited.out)]).toMatchObject([0, { agrees: true, witnessed: 1 }])
})

it("a reader who is shown an older anchor log than the contract has gets an alarm", async () => {
  cpSync(at("anchors/log"), at("stale"), { recursive: true })
  await seal(20, 40)
  await anchored()
  const { code, out } = await watch("stale", "reader")
  expect(code).toBe(1)
  expect(JSON.parse(out).views[0].alarms).toContainEqual({
    kind: "chain",
    text: expect.stringContaining("the contract holds 2 leaves, and 1 are shown here"),
  })
})

it("while it runs it shows what is anchored, what it cost and who cosigned; and that its node is away", async () => {
  const args = ["anchor", "run", "--data", "data", "--state", "anchors", "--poll", "1", "--metrics", "0"]
  const node = await startForwarder(anvil.url)
  const running = await startUntil(
    [...args, "--witness-policy", "asked"],
    { cwd, env: { ...env(), ASSAY_ANCHOR_RPC: node.url, ASSAY_ANCHOR_INTERVAL: "1" } },
    /^metrics at (http:\S+)\/metrics$/m,
  )
  const get = async (path: string): Promise<readonly [number, string]> => {
    const answer = await fetch(`${running.said[1]}${path}`)
    return [answer.status, await answer.text()]
  }
  try {
    await seal(40, 60)
    await vi.waitFor(async () => {
      const [, text] = await get("/metrics")
      expect(text).toMatch(/^assay_anchor_log_leaves 3$/m)
      expect(text).toMatch(/^assay_anchor_confirmed_leaves\{anchor="evm-31337-0x[0-9a-f]+"\} 3$/im)
      expect(text).toMatch(/^assay_anchor_unanchored_age_seconds\{.*\} 0$/m)
      expect(text).toMatch(/^assay_anchor_transactions_total\{.*result="confirmed"\} 1$/m)
      expect(text).toMatch(/^assay_anchor_spent_coins_total\{.*\} 0\.0\d+$/m)
      expect(text).toMatch(/^assay_anchor_logs\{state="current"\} 1$/m)
      expect(text).toMatch(/^assay_anchor_cosignatures_total\{result="had"\} [1-9]/m)
      expect(text).toMatch(/^assay_ready 1$/m)
    }, 30_000)
    expect((await get("/readyz"))[0]).toBe(200)
    node.close()
    await vi.waitFor(async () => {
      const [status, text] = await get("/readyz")
      expect([status, JSON.parse(text).reason]).toEqual([503, expect.stringContaining("evm-31337-")])
      expect((await get("/metrics"))[1]).toMatch(/^assay_anchor_up\{.*\} 0$/m)
    }, 30_000)
    expect((await get("/livez"))[0]).toBe(200)
  } finally {
    node.close()
    expect((await running.stop("SIGTERM")).code).toBe(0)
  }
}, 90_000)
