/** Knowledge that runs out is refused by check and sign; a node that outlives its own is in expiry.long.test.ts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assay, type Done } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const STEP_MS = 120_000
const DAY_MS = 86_400_000
const KEYS = ["--keys", "plant/keys/root-1.json,plant/keys/root-2.json"]

let cwd = ""

const call = (...args: ReadonlyArray<string>): Promise<Done> => assay(args, { cwd })
const bundle = (name: string, change: object): string => {
  const plain = JSON.parse(readFileSync(join(cwd, "plant/bundle.json"), "utf8")) as object
  writeFileSync(join(cwd, name), JSON.stringify({ ...plain, ...change }, null, 2))
  return name
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-expiry-"))
  expect(await call("init", "plant")).toMatchObject({ code: 0, err: "" })
}, STEP_MS)

afterAll(() => rmSync(cwd, { recursive: true, force: true }))

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
