/** A node that outlives its knowledge: activation and readiness say so, and the way back needs no readiness. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assay, type Done, type Node, startNode } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"

const STEP_MS = 120_000
/** Time to sign and activate it on a busy machine. */
const SHORT_MS = 20_000
const KEYS = ["--keys", "plant/keys/root-1.json,plant/keys/root-2.json"]

let cwd = ""
let node: Node

const call = (...args: ReadonlyArray<string>): Promise<Done> => assay(args, { cwd })
const bundle = (name: string, change: object): string => {
  const plain = JSON.parse(readFileSync(join(cwd, "plant/bundle.json"), "utf8")) as object
  writeFileSync(join(cwd, name), JSON.stringify({ ...plain, ...change }, null, 2))
  return name
}
const activate = (file: string): Promise<Done> =>
  call("bundle", "activate", file, "--roots", "plant/roots.json", "--url", node.url, "--wait")
const readyz = async (): Promise<{ readonly status: number; readonly body: Readonly<Record<string, string>> }> => {
  const answer = await fetch(`${node.url}/readyz`)
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, string>> }
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-expiry-"))
  expect(await call("init", "plant")).toMatchObject({ code: 0, err: "" })
  node = await startNode(["--data", "plant/data", "--roots", "plant/roots.json"], { cwd })
}, STEP_MS)

afterAll(async () => {
  await node.stop("SIGKILL")
  rmSync(cwd, { recursive: true, force: true })
})

describe("a node whose knowledge has expired", () => {
  it("warns at the activation, says so, is not ready, and takes the next version", { timeout: STEP_MS }, async () => {
    bundle("brief.json", { issued: Date.now() - 1_000, expires: Date.now() + SHORT_MS })
    expect(await call("bundle", "sign", "brief.json", ...KEYS, "--out", "brief.dsse")).toMatchObject({ code: 0 })
    const first = await activate("brief.dsse")
    expect(first.out).toMatch(
      /^accepted: version 1 of the bundle.*\nwarning: the trust bundle expires in \d+ seconds, at .*\n$/,
    )
    expect((await readyz()).body).toEqual({ status: "ready" })
    await vi.waitFor(async () => expect((await readyz()).status).toBe(503), { timeout: SHORT_MS * 2, interval: 200 })
    expect((await readyz()).body).toEqual({
      status: "not ready",
      code: "knowledge.expired",
      reason: expect.stringMatching(/^the trust bundle of version 1 expired at .*assay bundle activate FILE\)$/),
    })
    const metrics = await (await fetch(`${node.url}/metrics`)).text()
    expect(metrics).toMatch(/^assay_ready(\{[^}]*\})? 0$/m)

    bundle("next.json", { version: 2 })
    expect(await call("bundle", "sign", "next.json", ...KEYS, "--out", "next.dsse")).toMatchObject({ code: 0 })
    expect(await activate("next.dsse")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^accepted: version 2[^\n]*\n$/),
    })
    // Accepted is said when the log has it; the node looks at what is in force once a second.
    await expect.poll(async () => (await readyz()).body, { timeout: 30_000 }).toEqual({ status: "ready" })
    const { err } = await node.stop("SIGTERM")
    const codes = err
      .split("\n")
      .flatMap((line) => (line.startsWith("{") ? [(JSON.parse(line) as { code: string }).code] : []))
    // A node looks once a second: it may not have seen the end before the next version came.
    expect(codes.filter((code) => code.startsWith("knowledge.")).slice(0, 1)).toEqual(["knowledge.expiring"])
  })
})
