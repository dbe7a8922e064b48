/**
 * The whole way of a device with a TPM, by a real software TPM (swtpm), tpm2-tools and the command: provision, enrol, quote, reboot, a
 * changed PCR, and back. Nothing here is made by the fleet but the event log that its firmware would have written.
 */
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { issueCredential } from "@assay/credentials"
import { publishKnowledge } from "@assay/engine"
import { digestOf, eventLogOf, World } from "@assay/fleet"
import { freePorts } from "@assay/infra/kafka"
import { missingPrograms, type SoftwareTpm, startSoftwareTpm } from "@assay/infra/swtpm"
import { openNode } from "@assay/node"
import { decodeAssayed } from "@assay/schemas"
import { MQTT } from "@assay/settings"
import { signerOfKey } from "@assay/signing"
import { STREAMS } from "@assay/streams"
import { assayProcess, startIngress } from "@assay/testkit/cli"
import { ADAPTER, canStartMosquitto, sayWhatIsSkipped, testBroker } from "@assay/testkit/mqtt"
import { plainNode } from "@assay/testkit/plain-node"
import { type AssayedMessage, VERBS } from "@assay/trust"
import { connectAsync } from "mqtt"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const STEP_MS = 120_000
sayWhatIsSkipped("test/system/hardware/software-tpm.long.test.ts")
const missing = missingPrograms()
if (missing.length > 0)
  process.stderr.write(
    `SKIPPED in ${import.meta.url}: all tests with a real software TPM are skipped, ${missing.join(", ")} not in the PATH (infra/ci/packages.sh installs them)\n`,
  )

const NOW = Math.floor(Date.now() / 1000)
const PCRS = "0,2,4"
/** What the firmware of this machine measures; each boot is played by `boot`. */
const GOOD = ["firmware 1.8", "kernel 6.12"]

let dir: string
let keys: string
let swtpm: SoftwareTpm
let node: Awaited<ReturnType<typeof openNode>>
let world: World
let did: string
let said = 0
let prv: string | null = null

const call = async (...args: ReadonlyArray<string>): Promise<string> => {
  const { code, out, err } = await assayProcess(args, { cwd: dir, env: { ...swtpm.env, TSS2_LOG: "all+none" } })
  if (code !== 0) throw new Error(`assay ${args.join(" ")}: ${err}`)
  return out.trim()
}

/** Extends PCR 4 with each name, and writes the log of it. */
const boot = (names: ReadonlyArray<string>): void => {
  const env = { ...process.env, ...swtpm.env }
  for (const name of names)
    execFileSync("tpm2_pcrextend", [`4:sha256=${digestOf(name).toString("hex")}`], { env, stdio: "pipe" })
  writeFileSync(
    join(dir, "event.log"),
    eventLogOf(names.map((name) => ({ pcr: 4, digest: digestOf(name), text: name }))),
  )
}

const decisions = async (): Promise<ReadonlyArray<AssayedMessage>> => {
  await node.settled()
  const found: Array<AssayedMessage> = []
  for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined]) {
    const at = { stream, partition: 0 }
    const records = await node.log.read(at, (await node.log.bounds(at)).start, 1_000, 8 << 20)
    found.push(...records.map(({ value }) => decodeAssayed(value)))
  }
  return found.toSorted((a, b) => a.origin.offset - b.origin.offset)
}

const hand = async (token: string): Promise<AssayedMessage> => {
  const answer = await fetch(new URL("/v1/messages", node.url!), {
    method: "POST",
    headers: { "content-type": "application/jose" },
    body: token,
  })
  expect(answer.status, await answer.text()).toBeLessThan(300)
  return (await decisions()).at(-1)!
}

const sign = async (typ: string, payload: object): Promise<string> => {
  writeFileSync(join(dir, "payload.json"), JSON.stringify(payload))
  return call("tpm", "sign", "--dir", keys, "--typ", typ, "--payload", "payload.json")
}

const AUDIENCE = "https://plant.example/historian/weather"
const now = (): number => Math.floor(Date.now() / 1000)

/** One message of the sequence, signed in the TPM. */
const say = async (epo: number, seq: number): Promise<AssayedMessage> => {
  said += 1
  const senml = [{ bn: world.measurements, n: "x:temperature", u: "Cel", v: 20 + said / 10 }]
  const payload = { iss: did, aud: AUDIENCE, iat: now(), act: "telemetry", epo, seq, prv, senml }
  const token = await sign("m2m-message+jwt", payload)
  prv = createHash("sha256")
    .update(token.slice(0, token.lastIndexOf(".")))
    .digest("base64url")
  return hand(token)
}

const evidenceCall = (epoch: number): ReadonlyArray<string> => [
  ...["tpm", "evidence", "--dir", keys, "--url", node.url!, "--aud", AUDIENCE, "--epoch", String(epoch)],
  ...["--pcrs", PCRS, "--log", "event.log"],
]
const evidence = async (epoch: number): Promise<AssayedMessage> => hand(await call(...evidenceCall(epoch)))

/** The device shows what its maker says of it. */
const present = async (): Promise<void> => {
  const credential = issueCredential(
    {
      subject: did,
      vendor: "acme",
      class: world.deviceClass,
      assurance: "software",
      hardwareId: null,
      capabilities: {
        measurements: [{ name: `${world.measurements}*`, unit: "Cel", min: -40, max: 60 }],
        actions: ["telemetry"],
        audiences: ["https://plant.example/*"],
        ratePerMinute: 600,
      },
      validFrom: (NOW - 3_600) * 1000,
      validUntil: (NOW + 86_400) * 1000,
      status: [],
    },
    world.manufacturer,
  )
  const shown = await hand(
    await sign("m2m-presentation+jwt", { iss: did, aud: AUDIENCE, iat: now(), vc: [credential] }),
  )
  expect(shown.verdicts.credential!.outcome).toBe("pass")
}

/** Two operators end what binds the device to the TPM. */
const unbind = async (): Promise<void> => {
  const files = world.operators.slice(0, 2).map((operator, n) => {
    const jwk = operator.key.export({ format: "jwk" })
    writeFileSync(join(dir, `operator-${n}.json`), JSON.stringify({ did: operator.did, jwk }))
    return `operator-${n}.json`
  })
  const order = ["--keys", files.join(), "--aud", world.trustDomain, "--url", node.url!]
  expect(await call("device", "unbind", did, ...order)).toContain("accepted")
}

const assuranceOf = ({ verdicts }: AssayedMessage): string => verdicts.anomaly!.assurance

beforeAll(async () => {
  if (missing.length > 0) return
  dir = mkdtempSync(join(tmpdir(), "assay-swtpm-"))
  keys = join(dir, "keys")
  mkdirSync(join(dir, "tpm"))
  const port = await freePorts(2)
  swtpm = await startSoftwareTpm(join(dir, "tpm"), [port, port + 1])
  world = new World({ seed: "software TPM", now: NOW, hardware: true, rights: VERBS })
  const hardware = world.hardware!
  node = await openNode(SERVICES, {
    ...plainNode(join(dir, "data"), world.rootSet),
    challenger: signerOfKey(hardware.challenger.key),
    endorser: signerOfKey(hardware.endorser.key),
  })
  const root = readFileSync(swtpm.root, "utf8").replace(/-----[A-Z ]+-----|\s/g, "")
  const endorsements = {
    ...hardware.endorsements(1, 30, { pcrs: PCRS.split(",").map(Number), algorithms: ["ES256", "RS256"] }),
    roots: [{ name: "swtpm", format: "tpm2" as const, certificate: root }],
  }
  const references = {
    ...hardware.references(),
    pcrs: [],
    events: [
      {
        index: 4,
        values: GOOD.map((name) => ({ digest: digestOf(name).toString("hex"), name, status: "good" as const })),
      },
    ],
  }
  for (const [kind, body] of world.signedItems)
    if (kind !== "endorsements" && kind !== "reference-values") await publishKnowledge(node.log, kind, body)
  await publishKnowledge(node.log, "endorsements", world.signEndorsements(endorsements))
  await publishKnowledge(node.log, "reference-values", world.signReferences(references))
  await node.settled()
  boot(GOOD)
}, STEP_MS)

afterAll(async () => {
  if (missing.length > 0) return
  await node?.close()
  await swtpm?.stop()
  rmSync(dir, { recursive: true, force: true })
})

describe.skipIf(missing.length > 0)("a device with a software TPM", () => {
  it("makes its keys in the TPM, and is known by the one of them", { timeout: STEP_MS }, async () => {
    did = await call("tpm", "provision", "--dir", keys)
    expect(did).toMatch(/^did:key:zDn/)
    await present()
    expect(assuranceOf(await say(0, 0))).toBe("software")
  })

  it("enrols: the TPM activates what was made for it", { timeout: STEP_MS }, async () => {
    const out = await call("tpm", "enrol", "--dir", keys, "--url", node.url!, "--issuers", swtpm.issuer)
    expect(out).toMatch(/^endorsed until \d{4}-/)
  })

  it("quotes for a challenge, and its hardware stands for it", { timeout: STEP_MS }, async () => {
    const { verdicts } = await evidence(0)
    expect(verdicts.integrity, verdicts.integrity!.detail ?? "").toMatchObject({
      outcome: "pass",
      assurance: "hardware",
    })
    expect(assuranceOf(await say(0, 1))).toBe("hardware")
  })

  it.runIf(canStartMosquitto)("does so behind a broker, in COSE", { timeout: STEP_MS }, async () => {
    const broker = await testBroker({ challenges: "assay/v1/{device}/challenges" })
    const env = {
      [MQTT.url.key]: broker.url,
      [MQTT.username.key]: ADAPTER,
      [MQTT.challenges.key]: "assay/v1/{device}/challenges",
    }
    const adapter = await startIngress(["--url", node.url!], { cwd: dir, env })
    const device = await connectAsync(broker.url, { protocolVersion: 5, username: did })
    try {
      await device.subscribeAsync(`assay/v1/${did}/challenges`, { qos: 1 })
      const heard = new Promise<Buffer>((resolve) => device.once("message", (_, payload) => resolve(payload)))
      const question = await call("tpm", "name", "--dir", keys)
      await device.publishAsync(`assay/v1/${did}/challenge-requests`, question, { qos: 1 })
      writeFileSync(join(dir, "answer.json"), await heard)
      const out = await call(...evidenceCall(0), "--challenge", "answer.json", "--format", "cose", "--json")
      const before = (await decisions()).length
      const message = Buffer.from(JSON.parse(out).token, "base64url")
      await device.publishAsync(`assay/v1/${did}/messages`, message, { qos: 1 })
      await expect.poll(async () => (await decisions()).length, { timeout: STEP_MS }).toBe(before + 1)
      const { verdicts, envelope } = (await decisions()).at(-1)!
      expect(envelope).toMatchObject({ binding: "mqtt", principal: did })
      expect(verdicts.integrity).toMatchObject({ outcome: "pass", assurance: "hardware" })
      const status = JSON.parse(await call("ingress", "status", "--json", "--url", adapter.url))
      expect(status.adapters[0].challenges).toEqual({ sent: 1, refused: 0, leftOut: 0, failed: 0 })
    } finally {
      await device.endAsync(true)
      await adapter.stop("SIGTERM")
      await broker.remove()
    }
  })

  it("reboots: what it says stands on nothing until it quotes again", { timeout: STEP_MS }, async () => {
    await swtpm.reboot()
    boot(GOOD)
    expect(assuranceOf(await say(1, 0))).toBe("software")
    expect((await evidence(1)).verdicts.integrity).toMatchObject({ outcome: "pass", assurance: "hardware" })
    expect(assuranceOf(await say(1, 1))).toBe("hardware")
  })

  it("boots something else, and its TPM tells", { timeout: STEP_MS }, async () => {
    await swtpm.reboot()
    boot([...GOOD, "another kernel"])
    const { decision, verdicts } = await evidence(2)
    expect(decision).toMatchObject({ outcome: "quarantined" })
    expect(verdicts.integrity!.reasons).toEqual(["integrity.boot_unlisted"])
    expect(assuranceOf(await say(2, 0))).toBe("software")
  })

  it("edits the log, and the quoted value tells", { timeout: STEP_MS }, async () => {
    writeFileSync(
      join(dir, "event.log"),
      eventLogOf(GOOD.map((name) => ({ pcr: 4, digest: digestOf(name), text: name }))),
    )
    expect((await evidence(2)).verdicts.integrity!.reasons).toEqual(["integrity.evidence_log_mismatch"])
  })

  it("boots the good software again, and is believed again", { timeout: STEP_MS }, async () => {
    await swtpm.reboot()
    boot(GOOD)
    expect((await evidence(3)).verdicts.integrity).toMatchObject({ outcome: "pass", assurance: "hardware" })
    expect(assuranceOf(await say(3, 0))).toBe("hardware")
  })

  it("is bound no more where two operators say so, until it is enrolled anew", { timeout: STEP_MS }, async () => {
    await unbind()
    expect(assuranceOf(await say(3, 1))).toBe("software")
    expect((await evidence(3)).verdicts.integrity!.reasons).toEqual(["integrity.binding_ended"])
    await call("tpm", "enrol", "--dir", keys, "--url", node.url!, "--issuers", swtpm.issuer)
    expect((await evidence(3)).verdicts.integrity).toMatchObject({ outcome: "pass", assurance: "hardware" })
    expect(assuranceOf(await say(3, 2))).toBe("hardware")
  })

  it("is another device's from then on, with an attestation key of RSA", { timeout: STEP_MS }, async () => {
    const old = did
    keys = join(dir, "keys-rsa")
    did = await call("tpm", "provision", "--dir", keys, "--ak", "rsa")
    prv = null
    await present()
    const enrol = ["tpm", "enrol", "--dir", keys, "--url", node.url!, "--issuers", swtpm.issuer]
    await expect(call(...enrol)).rejects.toThrow(`enrolment.bound`)
    const next = did
    did = old
    await unbind()
    did = next
    await call(...enrol)
    expect((await evidence(0)).verdicts.integrity).toMatchObject({ outcome: "pass", assurance: "hardware" })
    expect(assuranceOf(await say(0, 0))).toBe("hardware")
  })
})
