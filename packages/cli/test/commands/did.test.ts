/** `assay did`: what it writes holds, and what would be refused is not written. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assay } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

let cwd = ""
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-did-"))
  for (const name of ["first", "second", "third", "device", "other"])
    await assay(["keygen", "--out", `${name}.json`], { cwd })
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const json = async (...args: ReadonlyArray<string>): Promise<Record<string, unknown>> => {
  const { code, out, err } = await assay([...args, "--json"], { cwd })
  if (code !== 0) throw new Error(err)
  return JSON.parse(out) as Record<string, unknown>
}

describe("assay did", () => {
  it("makes a log, adds versions to it by the key that was committed to, and ends it", async () => {
    const made = await json(
      ...["did", "new", "--host", "id.example.com/devices/one", "--key", "first.json", "--next", "second.json"],
      ...["--device", "one=device.json", "--out", "did.jsonl"],
    )
    expect(made).toMatchObject({ url: "https://id.example.com/devices/one/did.jsonl" })
    const before = readFileSync(join(cwd, "did.jsonl"), "utf8")
    const stolen = [
      "did",
      "update",
      "did.jsonl",
      "--key",
      "first.json",
      "--next",
      "third.json",
      "--device",
      "one=other.json",
    ]
    const refused = await assay(stolen, { cwd })
    expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/does not commit to/) })
    expect(readFileSync(join(cwd, "did.jsonl"), "utf8")).toBe(before)
    const rotated = ["did", "update", "did.jsonl", "--key", "second.json", "--device", "one=device.json,two=other.json"]
    expect(await json(...rotated)).toMatchObject({ did: made["did"], version: 2 })
    expect(await json("did", "check", "did.jsonl")).toMatchObject({
      did: made["did"],
      deactivated: false,
      keys: [{ fragment: "one" }, { fragment: "two" }],
    })
    await json("did", "update", "did.jsonl", "--key", "second.json", "--device", "one=device.json", "--deactivate")
    expect(await json("did", "check", "did.jsonl")).toMatchObject({ deactivated: true })
  })

  it.each([
    [["did"], /say what to do/],
    [
      ["did", "new", "--host", "localhost", "--key", "first.json", "--device", "a=device.json", "--out", "x.jsonl"],
      /two labels/,
    ],
    [
      ["did", "new", "--host", "a.example", "--key", "first.json", "--device", "device.json", "--out", "x.jsonl"],
      /NAME=KEY/,
    ],
    [["did", "check", "first.json"], /no log/],
  ])("refuses %j", async (args, message) => {
    expect(await assay(args, { cwd })).toMatchObject({ code: 2, err: expect.stringMatching(message) })
  })
})
