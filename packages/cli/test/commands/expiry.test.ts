/** Knowledge that runs out: check, activation and readiness say so by the same rules, and the way back needs no readiness. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assay, type Done, type Node, startNode } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"

const STEP_MS = 120_000
const DAY_MS = 86_400_000
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

describe("a file is checked by the rules of its activation", () => {
  const now = Date.now()
  it.each([
    ["bundle", { issued: now - 2 * DAY_MS, expires: now - DAY_MS }, /gone\.json: error: expires: expired 20/],
    ["profile", { issued: now - 2 * DAY_MS, expires: now - DAY_MS }, /gone\.json: error: expires: expired 20/],
  ])("an expired %s is refused by check and by sign", async (kind, ends, words) => {
    if (kind === "profile") {
      const { out } = await call("profile", "init")
      writeFileSync(join(cwd, "gone.json"), JSON.stringify({ ...(JSON.parse(out) as object), ...ends }))
    } else bundle("gone.json", ends)
    for (const args of [
      ["check", "gone.json"],
      ["sign", "gone.json", ...KEYS, "--out", "gone.dsse"],
    ])
      expect(await call(kind, ...args)).toMatchObject({ code: 2, err: expect.stringMatching(words) })
  })

  it("a policy that is no UTF-8, and a file that is larger than an entry, are refused", async () => {
    const text = readFileSync(join(cwd, "plant/policy.yaml"))
    writeFileSync(join(cwd, "latin.yaml"), Buffer.concat([text, Buffer.from([0x23, 0xe9, 0x0a])]))
    expect(await call("policy", "check", "latin.yaml")).toMatchObject({
      code: 2,
      err: expect.stringContaining("latin.yaml: error: the policy is not UTF-8"),
    })
    writeFileSync(join(cwd, "large.json"), Buffer.alloc(4 << 20, " "))
    expect(await call("bundle", "check", "large.json")).toMatchObject({
      code: 2,
      err: expect.stringContaining("larger than the 4194304 bytes that can be activated"),
    })
  })

  it("warns of what does not last", async () => {
    const { code, out } = await call("bundle", "check", bundle("short.json", { expires: now + 3 * DAY_MS }))
    expect(code).toBe(0)
    expect(out).toMatch(/^short\.json: warning: the trust bundle expires in (2 days|71 hours|3 days), at /)
    expect((await call("bundle", "check", "plant/bundle.json")).out).not.toContain("warning")
  })
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
    expect((await readyz()).body).toEqual({ status: "ready" })
    const { err } = await node.stop("SIGTERM")
    const codes = err
      .split("\n")
      .flatMap((line) => (line.startsWith("{") ? [(JSON.parse(line) as { code: string }).code] : []))
    // A node looks once a second: it may not have seen the end before the next version came.
    expect(codes.filter((code) => code.startsWith("knowledge.")).slice(0, 1)).toEqual(["knowledge.expiring"])
  })
})
