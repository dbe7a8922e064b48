/** `assay up` by the installed command: from nothing to decided messages, and what the commands say when they wait. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Done, type Node, shell, startUp } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const STEP_MS = 120_000

let cwd = ""
let path = ""
let node: Node
let env: Record<string, string> = {}

const paste = (script: string): Promise<Done> => shell(script, { cwd, env })
const ready = () =>
  JSON.parse(node.ready) as { initialised: boolean; active: object; next: ReadonlyArray<string>; data: string }

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-up-"))
  // The system's Node may be an old one: the launcher must not take it.
  mkdirSync(join(cwd, "old"))
  writeFileSync(join(cwd, "old/node"), "#!/bin/sh\necho too old >&2\nexit 99\n")
  chmodSync(join(cwd, "old/node"), 0o755)
  path = `${join(cwd, "old")}:/usr/bin:/bin`
  node = await startUp(["plant"], { cwd, env: { PATH: path } })
  env = { ASSAY_URL: node.url, ASSAY_DATA: "plant/data", ASSAY_ROOTS: "plant/roots.json" }
}, STEP_MS)

afterAll(async () => {
  await node.stop("SIGKILL")
  rmSync(cwd, { recursive: true, force: true })
})

describe("assay up", () => {
  it("says what to type next, and that works pasted as a whole", { timeout: STEP_MS }, async () => {
    expect(ready()).toMatchObject({ initialised: true, active: { bundle: 1, policy: 1 }, data: "plant/data" })
    const { code, out, err } = await paste(ready().next.join("\n"))
    expect({ code, err }).toEqual({ code: 0, err: "" })
    expect(out.match(/^1\/\d\/\d+ +annotated +anomaly\.learning$/gm)).toHaveLength(2)
  })

  it("says of withheld messages what to do about them", { timeout: STEP_MS }, async () => {
    const { out, err } = await paste(`
      DID=$(assay keygen --out stranger.json)
      assay sign --key stranger.json --aud https://plant.example/historian/1 --name pump/flow --value -1 >message
      assay submit message --wait; echo "exit $?"
      assay submit message --wait --json | grep -c '"outcome": "rejected"'
      assay device "$DID"`)
    expect(err).toBe("")
    expect(out).toMatch(/^1\/\d\/\d+ +quarantined +.*credential\.missing/)
    const advice = `1 of the messages (1) withheld, that is quarantined or rejected:
  1 for credential.missing: `
    expect(out).toContain(advice)
    expect(out).toContain("to do: Let the device show its credential (assay sign --present FILE | assay submit -)")
    expect(out).toMatch(/more about the last one: assay explain 1\/\d\/\d+\nexit 1\n1\n/)
    expect(out).toContain("  1 of the latest messages (1) withheld") // of the device
  })

  it("waits for an activation, and says why one is refused", { timeout: STEP_MS }, async () => {
    const { out } = await paste('assay policy activate plant/policy.dsse --wait; echo "exit $?"')
    expect(out).toMatch(
      /^refused: version 1 of the policy, .*\n {2}control\.knowledge_version: .*\n {4}to do: Raise version .*\nexit 1\n$/,
    )
  })

  it("stops at a signal to the command itself, and goes on from there", { timeout: STEP_MS }, async () => {
    const stopped = await node.stop("SIGTERM")
    expect(stopped).toMatchObject({ code: 0, err: expect.stringContaining("the batches in hand are finished") })
    node = await startUp(["plant"], { cwd, env: { PATH: path } })
    expect(ready()).toMatchObject({ initialised: false, active: { bundle: 1, policy: 1 } })
    expect(ready().next).toHaveLength(2) // the device is there already
  })
})

describe("assay up where it cannot", () => {
  it("says why, and leaves no node behind", { timeout: STEP_MS }, async () => {
    const { out, err } = await paste(`
      LOG=kafka assay up plant; echo "exit $?"
      assay init other >/dev/null
      cp plant/roots.json other/roots.json
      ASSAY_HTTP_PORT=0 assay up other; echo "exit $?"`)
    expect(err).toContain("unset LOG")
    expect(err).toContain("other/bundle.dsse: ")
    expect(out).toBe("exit 2\nexit 2\n")
  })
})
