/** `assay sign --format cose` and `assay check-message`: what firmware authors see. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assay } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const VECTORS = new URL("../../../message/vectors/compact-messages.json", import.meta.url)
const { messages, refused } = JSON.parse(readFileSync(VECTORS, "utf8")) as {
  messages: ReadonlyArray<{ cose: string; jws: string }>
  refused: ReadonlyArray<{ name: string; cose?: string; jws?: string; reason: string }>
}

let cwd = ""
const call = (...args: ReadonlyArray<string>) => assay(args, { cwd })
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "assay-check-message-"))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

describe("assay check-message", () => {
  it("passes a message in both formats", async () => {
    writeFileSync(join(cwd, "good.cose"), Buffer.from(messages[1]!.cose, "hex"))
    writeFileSync(join(cwd, "good.jws"), `${messages[1]!.jws}\n`)
    const cose = await call("check-message", "good.cose")
    expect(cose).toMatchObject({ code: 0, err: "" })
    expect(cose.out).toMatch(
      /^COSE_Sign1, 211 bytes\n {2}format {5}passes: .*\n {2}claims {5}passes: telemetry 2\/4711/,
    )
    expect(cose.out).toMatch(/signature {2}passes: holds; digest \(the next prv\)/)
    expect(await call("check-message", "good.jws")).toMatchObject({ code: 0, err: "" })
  })

  it("names the step that fails, its reason and what to do, from hexadecimal too", async () => {
    const { cose, reason } = refused.find(({ name }) => name === "prv of 31 bytes")!
    writeFileSync(join(cwd, "bad.hex"), `${cose!.match(/.{1,32}/g)!.join("\n")}\n`)
    const answer = await call("check-message", "bad.hex", "--hex")
    expect(answer.code).toBe(1)
    expect(answer.out).toContain(`fails, ${reason}: prv is not a base64url SHA-256`)
    expect(answer.out).toContain("what to do: Correct the claim")
    const json = JSON.parse((await call("check-message", "bad.hex", "--hex", "--json")).out) as { passes: boolean }
    expect(json.passes).toBe(false)
  })

  it("says of each refused vector what the deployment would say", async () => {
    for (const { name, cose, jws, reason } of refused) {
      writeFileSync(join(cwd, "refused"), cose === undefined ? jws! : Buffer.from(cose, "hex"))
      const answer = await call("check-message", "refused", "--json")
      const { steps } = JSON.parse(answer.out) as { steps: ReadonlyArray<{ reason: string | null }> }
      const first = steps.find((step) => step.reason !== null)?.reason
      expect([name, answer.code, first]).toEqual([name, 1, reason])
    }
  })

  it("says what is no hexadecimal", async () => {
    writeFileSync(join(cwd, "no.hex"), "d28")
    expect(await call("check-message", "no.hex", "--hex")).toMatchObject({ code: 2 })
  })
})

describe("assay sign --format cose", () => {
  it("makes messages that go on from each other, in either format", async () => {
    await call("keygen", "--out", "pump.json")
    const sign = async (...more: ReadonlyArray<string>) => {
      const args = ["sign", "--key", "pump.json", "--aud", "urn:a", "--name", "t", "--value", "1", ...more, "--json"]
      return (JSON.parse((await call(...args)).out) as { token: string }).token
    }
    const digest = async (name: string, bytes: Buffer) => {
      writeFileSync(join(cwd, name), bytes)
      const answer = await call("check-message", name, "--json")
      const walk = JSON.parse(answer.out) as { passes: boolean; claims: { digest: string; prv: string | null } }
      expect(walk.passes).toBe(true)
      return walk.claims
    }
    const first = await digest("1", Buffer.from(await sign("--format", "cose"), "base64url"))
    const second = await digest("2", Buffer.from(await sign()))
    const third = await digest("3", Buffer.from(await sign("--format", "cose"), "base64url"))
    expect([first.prv, second.prv, third.prv]).toEqual([null, first.digest, second.digest])
  })

  it("names the formats that there are", async () => {
    const wrong = await call(
      "sign",
      "--key",
      "pump.json",
      "--aud",
      "urn:a",
      "--name",
      "t",
      "--value",
      "1",
      "--format",
      "cwt",
    )
    expect(wrong).toMatchObject({ code: 2 })
    expect(wrong.err).toContain("jws or cose")
  })
})
