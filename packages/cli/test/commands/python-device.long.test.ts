/** The device in one file of Python, from the guide alone: against a real node over HTTP, and over MQTT through a real broker. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { encodeDidKey } from "@assay/did"
import { parseCompact } from "@assay/jose"
import { VALID, verifyNow } from "@assay/jose/verify"
import { MQTT } from "@assay/settings"
import { assay, type Node, startIngress, startUp } from "@assay/testkit/cli"
import { ADAPTER, canStartMosquitto, sayWhatIsSkipped, testBroker } from "@assay/testkit/mqtt"
import type { AuditEvent } from "@assay/trust"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const SCRIPT = fileURLToPath(new URL("../../../../docs/guides/device.py", import.meta.url))
const AUD = "https://plant.example/"

const hasPython = spawnSync("python3", ["-c", "import cryptography"]).status === 0
if (!hasPython)
  console.warn(
    "SKIPPED: packages/cli/test/commands/python-device.long.test.ts needs python3 with the package cryptography",
  )
sayWhatIsSkipped("packages/cli/test/commands/python-device.long.test.ts")

/** RFC 8032, section 7.1, test 1, and RFC 8037, appendix A: one seed and its public key. */
const SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
const PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

describe.runIf(hasPython)("the device in Python", () => {
  let cwd = ""
  let node: Node | null = null
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), "assay-python-"))
  })
  afterAll(async () => {
    await node?.stop("SIGTERM")
    rmSync(cwd, { recursive: true, force: true })
  })

  const python = (...args: ReadonlyArray<string>): string => {
    const { status, stdout, stderr } = spawnSync("python3", [SCRIPT, ...args], { cwd, encoding: "utf8" })
    expect({ args, status, stderr }).toMatchObject({ status: 0, stderr: "" })
    return stdout.trim()
  }
  const run = async (...args: ReadonlyArray<string>): Promise<string> => {
    const { code, out, err } = await assay(args, { cwd })
    expect({ args, code, err }).toMatchObject({ code: 0 })
    return out.trim()
  }
  const say = (...args: ReadonlyArray<string>): string =>
    python("say", "pump.json", "--aud", `${AUD}historian/1`, "--name", "pump/temperature", "--unit", "Cel", ...args)
  /** Of every decided message: what became of it, and whose it is. */
  const outcomes = async (): Promise<ReadonlyArray<readonly [outcome: string, device: string]>> => {
    const lines = await run("tail", "audit", "--from", "0", "--no-follow", "--json", "--data", "plant/data")
    return lines.split("\n").flatMap((line) => {
      const { kind, decision, device } = (JSON.parse(line) as { body: AuditEvent }).body
      return kind === "decision" ? [[decision!.outcome, device!] as const] : []
    })
  }

  it("has the DID and the signature of the vectors of RFC 8032", () => {
    writeFileSync(join(cwd, "vector.json"), JSON.stringify({ seed: SEED, positions: {} }))
    const token = Buffer.from(
      python("say", "vector.json", "--aud", AUD, "--name", "t", "--value", "1").split("\n").at(-1)!,
    )
    const jws = parseCompact(token, { typ: ["m2m-message+jwt"] })
    if ("reason" in jws) throw new Error(jws.detail)
    const publicKey = Buffer.from(PUBLIC, "hex")
    const did = encodeDidKey({ alg: "Ed25519", publicKey })
    expect(JSON.parse(Buffer.from(jws.payload).toString())).toMatchObject({ iss: did, seq: 0, prv: null })
    const key = { alg: "Ed25519", publicKey } as const
    expect(verifyNow(key, jws.signingInput, jws.signature)).toBe(VALID)
    const kept = JSON.parse(readFileSync(join(cwd, "vector.json"), "utf8"))
    expect(kept.positions[""]).toMatchObject({ epo: 0, seq: 1 })
  })

  it("shows its credential, speaks and reboots over HTTP, and every message counts", { timeout: 120_000 }, async () => {
    node = await startUp(["plant", "--domain", AUD, "--vendor", "acme"], { cwd })
    const did = python("new", "pump.json")
    await run(
      ...["credential", "--issuer", "plant/keys/issuer.json", "--device", did, "--vendor", "acme", "--class", "pump"],
      ...["--measurements", "pump/*=0..200", "--audiences", `${AUD}*`, "--out", "pump.vc"],
    )
    python("show", "pump.json", "--credential", "pump.vc", "--aud", AUD, "--to", node.url)
    for (let n = 0; n < 4; n++) say("--value", String(20 + n / 10), "--to", node.url)
    say("--value", "20.5", "--reboot", "--to", node.url)
    await expect.poll(async () => (await outcomes()).length, { timeout: 30_000 }).toBe(6)
    expect(await outcomes()).toEqual(Array(6).fill(["annotated", did]))
  })

  it.runIf(canStartMosquitto)("speaks over MQTT too", { timeout: 120_000 }, async () => {
    const broker = await testBroker()
    const adapter = await startIngress(["--url", node!.url], {
      cwd,
      env: { [MQTT.url.key]: broker.url, [MQTT.username.key]: ADAPTER, [MQTT.clientId.key]: "python" },
    })
    try {
      const before = (await outcomes()).length
      for (let n = 0; n < 3; n++) expect(say("--value", "20.4", "--to", broker.url)).toContain("published on assay/v1/")
      await expect.poll(async () => (await outcomes()).length, { timeout: 30_000 }).toBe(before + 3)
      expect((await outcomes()).every(([outcome]) => outcome !== "quarantined" && outcome !== "rejected")).toBe(true)
    } finally {
      await adapter.stop("SIGTERM")
      await broker.remove()
    }
  })
})
