/**
 * What somebody who may write to a log does to mislead who looks at it: junk and forged records in its streams, and partitions
 * that are taken away. No tool stops for it, and none tells what was not decided.
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openEmbedded } from "@assay/log/embedded"
import { decodeAssayed, decodeAudit, encodeAssayed, encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay, type Done } from "@assay/testkit/cli"
import { decodeVkey, encodeVkey, verifierKey } from "@assay/transparency"
import { type AuditEvent, formatOrigin } from "@assay/trust"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type SealedRun, sealedRun } from "./sealed-run.ts"

const STEP_MS = 120_000
const AT = (stream: string) => ({ stream, partition: 0 })
let run: SealedRun
let decisions: ReadonlyArray<AuditEvent>

const call = (...args: ReadonlyArray<string>): Promise<Done> =>
  assay(args, { cwd: run.root, env: { ASSAY_HTTP_PORT: "0" } })

beforeAll(async () => {
  run = await sealedRun("somebody wrote here")
  decisions = (await run.records(STREAMS.audit))
    .map(({ value }) => decodeAudit(value))
    .filter(({ decision }) => decision?.kind === "original")
}, STEP_MS)
afterAll(() => run?.remove())

describe("records that are none of ours, in every stream", () => {
  beforeAll(async () => {
    cpSync(run.dir, join(run.root, "junk"), { recursive: true })
    const log = await openEmbedded({ dir: join(run.root, "junk") })
    const junk = [{ key: Buffer.from("k"), value: Buffer.from("junk") }]
    for (const stream of Object.values(STREAMS)) if (stream !== STREAMS.submitted) await log.append(AT(stream), junk)
    await log.close()
  }, STEP_MS)

  it("stop neither explain, device, quarantine list nor doctor", { timeout: STEP_MS }, async () => {
    const [event] = decisions
    expect(await call("explain", formatOrigin(event!.origin), "--data", "junk")).toMatchObject({ code: 0, err: "" })
    expect(await call("device", event!.device!, "--history", "--data", "junk")).toMatchObject({ code: 0, err: "" })
    expect(await call("quarantine", "list", "--data", "junk")).toMatchObject({ code: 0, err: "" })
    const { out } = await call("doctor", "--data", "junk", "--roots", "roots.json", "--json")
    const { findings } = JSON.parse(out) as { findings: ReadonlyArray<{ check: string; state: string }> }
    expect(findings.find(({ check }) => check === "data")).toMatchObject({ state: "ok" })
    expect(findings.find(({ check }) => check === "bundle")).toMatchObject({ state: "ok" })
  })

  it("are findings of verify", { timeout: STEP_MS }, async () => {
    const done = await call("verify", "junk", "--key", run.vkey, "--roots", "roots.json", "--streams")
    expect(done).toMatchObject({ code: 1, out: expect.stringContaining("record-inserted") })
  })
})

describe("a record that is not what was decided", () => {
  /** The data directory as `name`, with one more record in `verified`, far behind the others. */
  const forge = async (name: string, decided: AuditEvent | null): Promise<Done> => {
    cpSync(run.dir, join(run.root, name), { recursive: true })
    const log = await openEmbedded({ dir: join(run.root, name) })
    const [last] = await log.read(AT(STREAMS.verified), (await log.bounds(AT(STREAMS.verified))).end - 1, 1, 1 << 20)
    const message = decodeAssayed(last!.value)
    const origin = { ...message.origin, offset: message.origin.offset + 100_000 }
    const { key } = last!
    await log.append(AT(STREAMS.verified), [{ key, value: encodeAssayed({ ...message, origin }) }])
    if (decided !== null) await log.append(AT(STREAMS.audit), [{ key, value: encodeAudit({ ...decided, origin }) }])
    await log.close()
    return call("explain", formatOrigin(origin), "--data", name)
  }

  it("is named by explain: no decision calls for it", { timeout: STEP_MS }, async () => {
    expect(await forge("forged", null)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^NOT WHAT WAS DECIDED: the audit record holds no decision on it/),
    })
  })

  it("is named by explain: another was decided there", { timeout: STEP_MS }, async () => {
    const other = decisions.find(({ decision }) => decision?.outcome === "quarantined")!
    expect(await forge("changed", other)).toMatchObject({
      code: 1,
      out: expect.stringContaining("not the one of its decision, which is quarantined for "),
    })
  })
})

describe("partitions that were taken away", () => {
  const verify = (key: string): Promise<Done> => call("verify", "data", "--key", key, "--roots", "roots.json")

  it("are found by the keys that were kept outside, and by what is left of them", { timeout: STEP_MS }, async () => {
    const keys = join(run.root, "keys")
    mkdirSync(keys)
    writeFileSync(join(keys, "p000.vkey"), `${run.vkey}\n`)
    expect(await verify("keys")).toMatchObject({ code: 0 })
    // The key of the second partition of this log, as an auditor took it away.
    const { name, publicKey } = decodeVkey(run.vkey)
    const second = encodeVkey(verifierKey(name.replace("/0/1", "/1/1"), publicKey))
    writeFileSync(join(keys, "p001.vkey"), `${second}\n`)
    expect(await verify("keys")).toMatchObject({
      code: 1,
      out: expect.stringContaining("and the log has 1 partitions: that one was taken away"),
    })
    rmSync(join(keys, "p001.vkey"))
    mkdirSync(join(run.dir, "tlog", "p001"))
    expect(await verify("keys")).toMatchObject({ code: 1, out: expect.stringContaining("tlog/p001 is left of") })
    rmSync(join(run.dir, "tlog", "p001"), { recursive: true })
  })
})
