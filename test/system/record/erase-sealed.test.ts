/** What an erasure leaves of the record, through the commands: what was decided stays provable, nothing else is hidden. */
import { hash } from "node:crypto"
import { cpSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { stagesOver } from "@assay/cli/services"
import { replay, submitControl } from "@assay/engine"
import { saltsPath } from "@assay/integrity-hasher/sealer"
import { VerifyPool } from "@assay/jose/verify-pool"
import { openEmbedded } from "@assay/log/embedded"
import { decodeAudit, encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay, type Done } from "@assay/testkit/cli"
import { KeyStore } from "@assay/transparency/storage"
import type { AuditEvent } from "@assay/trust"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type SealedRun, sealedRun } from "./sealed-run.ts"

const STEP_MS = 180_000
let run: SealedRun
let events: ReadonlyArray<AuditEvent>
let device = ""
/** Decisions on the device that was erased. */
let theirs: ReadonlyArray<AuditEvent>

const call = (...args: ReadonlyArray<string>): Promise<Done> => assay(args, { cwd: run.root })
const verify = (dir = "data", ...more: ReadonlyArray<string>): Promise<Done> =>
  call("verify", dir, "--key", "data/vkeys", "--since", "earlier", "--partition", "0", ...more)
const ROOTS = ["--roots", "roots.json"]

/** The salt keys of these devices, as they stand in the directory. */
const saltsOf = async (devices: ReadonlyArray<string>) => {
  const salts = await KeyStore.read(saltsPath(run.dir, 0))
  try {
    return devices.map((did) => salts.get(did))
  } finally {
    await salts.close()
  }
}

beforeAll(async () => {
  run = await sealedRun("erased and still vouched for")
  writeFileSync(join(run.root, "earlier"), run.earlier)
  events = (await run.records(STREAMS.audit)).map(({ value }) => decodeAudit(value))
  device = events.find(({ kind, decision }) => kind === "decision" && decision?.outcome === "verified")!.device!
  theirs = events.filter((event) => event.kind === "decision" && event.device === device)
  run.world.roots.forEach(({ key, did }, n) => {
    writeFileSync(join(run.root, `root-${n}.json`), JSON.stringify({ did, jwk: key.export({ format: "jwk" }) }))
  })
  cpSync(run.dir, join(run.root, "before"), { recursive: true })
}, STEP_MS)
afterAll(() => run?.remove())

describe("a sealed log and an erasure", () => {
  it(
    "a key that was overwritten is a finding, whatever else was changed with it",
    async () => {
      const salts = join(run.root, "before", "salts", "p000")
      const bytes = readFileSync(salts)
      // As an erasure would leave the slot: zeros, and the pseudonym of the key that was in it.
      const slot = bytes.subarray(64, 128)
      const pseudonym = hash("sha256", Buffer.concat([Buffer.from("assay/pseudonym/v1"), slot.subarray(32)]), "buffer")
      slot.fill(0)
      slot.set(pseudonym.subarray(0, 16), 48)
      writeFileSync(salts, bytes)
      const done = await verify("before", ...ROOTS)
      expect(done.code).toBe(1)
      expect(done.out).toContain("the log holds no signed erasure of it")
    },
    STEP_MS,
  )

  it(
    "the second signer is not led to sign the pseudonym of another device",
    async () => {
      const aud = run.world.trustDomain
      const other = events.find((event) => event.device !== null && event.device !== device)!.device!
      const theirs = Buffer.from((await saltsOf([other]))[0]!.pseudonym).toString("hex")
      const by = ["--keys", "root-0.json", "--aud", aud, "--log", "assay-log:1:1", "--sign-only"]
      const first = await call("erase", device, "--pseudonym", theirs, ...by)
      expect(first).toMatchObject({ code: 0 })
      writeFileSync(join(run.root, "swapped"), first.out)
      const second = ["erase", device, "--tokens", "swapped", "--keys", "root-1.json", "--sign-only"]
      for (const more of [
        ["--data", "data"],
        ["--pseudonym", "0".repeat(32)],
      ])
        expect(await call(...second, ...more)).toMatchObject({
          code: 2,
          out: "",
          err: expect.stringContaining(`the tokens name the pseudonym ${theirs}`),
        })
    },
    STEP_MS,
  )

  it(
    "signed by two on two machines, it is carried out, and the log stays intact",
    async () => {
      const aud = run.world.trustDomain
      const first = await call("erase", device, "--data", "data", "--keys", "root-0.json", "--aud", aud, "--sign-only")
      expect(first).toMatchObject({ code: 0 })
      writeFileSync(join(run.root, "first"), first.out)
      expect(first.out).not.toContain(device)
      const blind = await call(
        "erase",
        device,
        "--keys",
        "root-1.json",
        "--aud",
        aud,
        "--tokens",
        "first",
        "--sign-only",
      )
      expect(blind).toMatchObject({ code: 0, err: expect.stringContaining("was NOT checked here") })
      const second = await call(
        "erase",
        device,
        "--data",
        "data",
        "--keys",
        "root-1.json",
        "--aud",
        aud,
        "--tokens",
        "first",
        "--sign-only",
      )
      expect(second).toMatchObject({ code: 0, err: expect.stringMatching(/^signed as first says: erase of [^\n]*\n$/) })
      const wrong = await call("erase", "did:key:zOther", "--keys", "root-1.json", "--aud", aud, "--tokens", "first")
      expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("is not about did:key:zOther") })
      await run.again((log) => submitControl(log, second.out.trim().split("\n")))
      const good = await verify("data", ...ROOTS, "--json")
      const { reports } = JSON.parse(good.out)
      expect(reports[0].findings).toEqual([])
      expect(reports[0].erased).toBeGreaterThanOrEqual(theirs.length)
      expect(good.code).toBe(0)
      expect(JSON.parse(good.out).notChecked).toContainEqual(
        expect.stringContaining(`what ${reports[0].erased} events of erased devices hold beside their statement`),
      )
      expect(await verify("data", "--roots", "none.json")).toMatchObject({
        code: 2,
        err: expect.stringContaining("none.json: the pinned roots cannot be read"),
      })
      // Where none are named, and none lie where they are looked for.
      const unknown = await assay(["verify", ".", "--key", "vkeys", "--partition", "0"], { cwd: run.dir })
      expect(unknown).toMatchObject({ code: 1, out: expect.stringContaining("without the pinned roots") })
      const again = await call("erase", device, "--data", "data", "--keys", "root-0.json", "--aud", aud, "--sign-only")
      expect(again).toMatchObject({ code: 2, err: expect.stringContaining("erased already") })
    },
    STEP_MS,
  )

  it(
    "what was decided is provable still, of whom is not; replay and the streams agree",
    async () => {
      const at = `1/0/${theirs[0]!.origin.offset}`
      expect(await call("prove", at, "--data", "data", "--out", "proof.tlog-proof")).toMatchObject({ code: 0 })
      const proven = await call("verify-proof", "proof.tlog-proof", "--key", "data/vkeys", "--json")
      expect(JSON.parse(proven.out)).toMatchObject({
        valid: true,
        withheld: true,
        device: null,
        event: at,
        outcome: theirs[0]!.decision!.outcome,
        reasons: theirs[0]!.decision!.reasons,
      })
      expect(proven.out).not.toContain(device)
      expect(await call("replay", "--data", "data", ...ROOTS)).toMatchObject({ code: 0 })
      const streams = await verify("data", ...ROOTS, "--streams")
      expect(streams).toMatchObject({ code: 0 })
      expect(streams.out).toContain("telemetry.rejected.v1, partition 0: intact")
    },
    STEP_MS,
  )

  it(
    "replay compares what the log cannot: an erased device's event with another device, digest or verdicts differs",
    async () => {
      const log = await openEmbedded({ dir: run.dir, readOnly: true })
      const pool = new VerifyPool({ size: 1 })
      try {
        const { offset } = theirs[0]!.origin
        const changes = [{ device: "did:key:zSomebody" }, { digest: "AAAA" }, { verdicts: [] }]
        for (const more of changes) {
          const forged = (value: Uint8Array): Uint8Array => {
            const event = decodeAudit(value)
            const isIt = event.kind === "decision" && event.origin.offset === offset
            return isIt ? encodeAudit({ ...event, ...more }) : value
          }
          const edited: typeof log = {
            ...log,
            read: async (at, ...rest) => {
              const records = await log.read(at, ...rest)
              if (at.stream !== STREAMS.audit) return records
              return records.map((record) => ({ ...record, value: forged(record.value) }))
            },
          }
          const report = await replay(edited, run.world.rootSet, stagesOver(edited, pool))
          expect(report, JSON.stringify(more)).toMatchObject({ differing: 1, erased: 1 })
          expect(report.differences[0]!.origin.offset).toBe(offset)
        }
      } finally {
        await pool.close()
        await log.close()
      }
    },
    STEP_MS,
  )

  it(
    "one that names the pseudonym of another device destroys no key, and verify says so",
    async () => {
      const others = [...new Set(events.map((event) => event.device))].filter((did) => did !== null && did !== device)
      const [one, other] = others as ReadonlyArray<string>
      const keys = await saltsOf([one!, other!])
      const theirs = Buffer.from(keys[1]!.pseudonym).toString("hex")
      const by = ["--keys", "root-0.json,root-1.json", "--aud", run.world.trustDomain]
      const log = JSON.parse(
        Buffer.from(readFileSync(join(run.root, "first"), "utf8").split(".")[1]!, "base64url").toString(),
      ).log
      const done = await call("erase", one!, "--pseudonym", theirs, "--log", log, ...by, "--sign-only")
      expect(done).toMatchObject({ code: 0 })
      await run.again((log) => submitControl(log, done.out.trim().split("\n")))
      expect(await saltsOf([one!, other!])).toEqual(keys)
      const found = await verify("data", ...ROOTS)
      expect(found).toMatchObject({ code: 1, out: expect.stringContaining("erasure-undone") })
    },
    STEP_MS,
  )
})
