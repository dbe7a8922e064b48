/** `assay archive` and what reads a pruned log, as a user calls them. */
import { generateKeyPairSync } from "node:crypto"
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startSealers } from "@assay/integrity-hasher/sealer"
import { openEmbedded } from "@assay/log/embedded"
import { encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { auditEvent } from "@assay/testkit/audit-event"
import { assay, type Done } from "@assay/testkit/cli"
import { cosign, encodeWitnessKey, keySigner, witnessKey } from "@assay/transparency"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const EVENTS = 700
let cwd = ""
const at = (name: string): string => join(cwd, name)
const run = (...args: ReadonlyArray<string>): Promise<Done> => assay(args, { cwd })
const bundles = (): ReadonlyArray<string> =>
  readdirSync(at("data/tlog/p000/tile/entries")).filter((name) => !name.endsWith(".p"))
const state = (name: string, members: object): void =>
  writeFileSync(at(name), JSON.stringify({ format: "assay-retention/1", ...members }))

const prune = (...more: ReadonlyArray<string>): Promise<Done> =>
  run("archive", "prune", "--data", "data", "--archive", "away", "--retention", "retention.json", ...more)
const verify = (...more: ReadonlyArray<string>): Promise<Done> =>
  run("verify", "data", "--key", "vkeys", "--json", ...more)

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-archive-cli-"))
  const log = await openEmbedded({ dir: at("data"), partitions: 1 })
  const sealers = await startSealers(log, at("data"), (cause) => {
    throw cause
  })
  const records = Array.from({ length: EVENTS }, (_, n) => auditEvent(n)).map((event) => ({
    key: Buffer.from(event.device!),
    value: encodeAudit(event),
  }))
  await log.append({ stream: STREAMS.audit, partition: 0 }, records)
  await sealers.settled()
  await sealers.stop()
  await log.close()
  cpSync(at("data/vkeys"), at("vkeys"), { recursive: true })
  state("retention.json", { keep: "0m", witnessed: true, anchored: false })
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

describe("pruning is refused", () => {
  it("where the retention is younger than the events", async () => {
    state("long.json", { keep: "90d", witnessed: false, anchored: false })
    const { code, out } = await prune("--retention", "long.json", "--json")
    expect([code, JSON.parse(out).logs]).toMatchObject([
      0,
      [{ minimum: 0, bundles: 0, limits: [{ by: "age", size: 0 }] }],
    ])
    expect(bundles()).toHaveLength(2)
  })

  it("where what it asks for is not there: a policy, a cosigned checkpoint, the anchors", async () => {
    for (const [more, why] of [
      [[], "--witness-policy"],
      [["--witness-policy", "policy"], "no checkpoint is cosigned"],
      [["--retention", "anchored.json"], "--state DIR"],
      [["--archive", "data/away"], "inside data"],
      [["--retention", "wrong.json"], "keep"],
    ] as ReadonlyArray<readonly [ReadonlyArray<string>, string]>) {
      const { publicKey } = keySigner(generateKeyPairSync("ed25519").privateKey)
      const key = encodeWitnessKey(witnessKey("w1.example", publicKey))
      writeFileSync(
        at("policy"),
        `log ${readFileSync(at("vkeys/p000.vkey"), "utf8").trim()}\nwitness w1 ${key}\nquorum w1\n`,
      )
      state("anchored.json", { keep: "0m", witnessed: false, anchored: true })
      state("wrong.json", { keep: "soon", witnessed: false, anchored: true })
      const { code, err } = await prune(...more)
      expect([code, err], err).toEqual([2, expect.stringContaining(why)])
    }
    expect(bundles()).toHaveLength(2)
  })
})

describe("a pruned log", () => {
  beforeAll(async () => {
    const witness = keySigner(generateKeyPairSync("ed25519").privateKey)
    const key = witnessKey("w1.example", witness.publicKey)
    writeFileSync(
      at("policy"),
      `log ${readFileSync(at("vkeys/p000.vkey"), "utf8").trim()}\nwitness w1 ${encodeWitnessKey(key)}\nquorum w1\n`,
    )
    const note = readFileSync(at("data/tlog/p000/checkpoint"), "utf8")
    const line = await cosign(note.slice(0, note.lastIndexOf("\n\n") + 1), key, witness, Date.now())
    writeFileSync(at("data/tlog/p000/checkpoint.cosigned"), note + line)
    const { code, out } = await prune("--witness-policy", "policy", "--json")
    expect([code, JSON.parse(out).logs[0]]).toMatchObject([0, { partition: 0, minimum: 512, bundles: 2, size: EVENTS }])
    expect(bundles()).toEqual([])
  })

  it("is verified without the archive, which is named as not compared, and with it", async () => {
    const without = await verify()
    expect([without.code, JSON.parse(without.out)]).toMatchObject([
      0,
      { intact: true, reports: [{ compared: EVENTS, minimum: 512, pruned: 512 }] },
    ])
    expect(JSON.parse(without.out).notChecked).toContainEqual(expect.stringContaining("--archive compares it"))
    const { code, out } = await verify("--archive", "away")
    expect([code, JSON.parse(out).reports[0]]).toMatchObject([0, { intact: true, pruned: 0 }])
    expect((await run("archive", "check", "--data", "data", "--archive", "away")).code).toBe(0)
  })

  it("says in its status what is here", async () => {
    const { code, out } = await run("archive", "status", "--data", "data", "--archive", "away")
    expect([code, out]).toEqual([0, expect.stringContaining("entries from 512 to 700 are here")])
  })

  it("comes back as a whole, byte for byte", async () => {
    const held = readdirSync(at("away"), { recursive: true, withFileTypes: true }).filter(
      (one) => one.isFile() && one.parentPath.endsWith("entries"),
    )
    expect(held).toHaveLength(2)
    const { code, out } = await run("archive", "restore", "--data", "data", "--archive", "away", "--json")
    expect([code, JSON.parse(out).logs[0]]).toMatchObject([0, { minimum: 0, bundles: 2 }])
    expect(bundles()).toEqual(["000", "001"])
    const report = JSON.parse((await verify()).out).reports[0]
    expect(report).toMatchObject({ intact: true, minimum: 0, pruned: 0 })
  })

  it("a missing file of the archive is found before it is needed", async () => {
    await prune("--witness-policy", "policy")
    const [log] = readdirSync(at("away"))
    const entries = at(join("away", log!, "entries"))
    rmSync(join(entries, readdirSync(entries)[0]!))
    const check = await run("archive", "check", "--data", "data", "--archive", "away", "--json")
    expect([check.code, JSON.parse(check.out)]).toMatchObject([1, { whole: false, logs: [{ pruned: 2, archived: 1 }] }])
    const { code, err } = await run("archive", "restore", "--data", "data", "--archive", "away")
    expect([code, err]).toEqual([2, expect.stringContaining("is missing or holds other entries")])
    expect(existsSync(at("data/tlog/p000/pruned.json"))).toBe(true)
  })
})
