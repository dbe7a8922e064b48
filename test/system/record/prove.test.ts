/** What `assay prove` writes verifies on an empty machine, tells what was decided, and cannot be made to tell anything else. */

import { verify } from "node:crypto"
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseReceipt } from "@assay/cose"
import { decodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay, assayProcess, type Done } from "@assay/testkit/cli"
import { decodeVkey, leafHash, rootOfInclusion } from "@assay/transparency"
import type { AuditEvent } from "@assay/trust"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type SealedRun, sealedRun } from "./sealed-run.ts"

const STEP_MS = 120_000
let run: SealedRun
let decisions: ReadonlyArray<AuditEvent>
/** Another machine: two files and nothing else. */
let empty: string

const call = (...args: ReadonlyArray<string>): Promise<Done> => assay(args, { cwd: run.root })
const check = (proof = "proof.tlog-proof", ...more: ReadonlyArray<string>): Promise<Done> =>
  assay(["verify-proof", proof, "--key", "p000.vkey", ...more], { cwd: empty })
const named = ({ origin }: AuditEvent): string => `1/0/${origin.offset}`

beforeAll(async () => {
  run = await sealedRun("a proof says what was decided")
  decisions = (await run.records(STREAMS.audit))
    .map(({ value }) => decodeAudit(value))
    .filter(({ kind }) => kind === "decision")
  empty = join(run.root, "empty")
  mkdirSync(empty)
  cpSync(join(run.dir, "vkeys", "p000.vkey"), join(empty, "p000.vkey"))
}, STEP_MS)
afterAll(() => run?.remove())

describe("a proof of a decision", () => {
  it(
    "verifies on an empty machine, and prints what was decided",
    async () => {
      const event = decisions.find(({ decision }) => decision?.outcome === "quarantined")!
      expect(await call("prove", named(event), "--data", "data", "--out", "empty/proof.tlog-proof")).toMatchObject({
        code: 0,
      })
      expect(readdirSync(empty).sort()).toEqual(["p000.vkey", "proof.tlog-proof"])
      const done = await assayProcess(["verify-proof", "proof.tlog-proof", "--key", "p000.vkey"], { cwd: empty })
      expect(done).toMatchObject({ code: 0, err: "" })
      for (const word of [
        named(event),
        event.device!,
        "quarantined",
        ...event.decision!.reasons,
        new Date(event.time).toISOString(),
      ])
        expect(done.out).toContain(word)
      const json = await assay(["verify-proof", "proof.tlog-proof", "--key", "p000.vkey", "--json"], { cwd: empty })
      expect(JSON.parse(json.out)).toMatchObject({
        valid: true,
        event: named(event),
        device: event.device,
        outcome: "quarantined",
        reasons: event.decision!.reasons,
        withheld: false,
      })
    },
    STEP_MS,
  )

  it(
    "comes as a COSE receipt too (RFC 9942), of the same leaf, and of no other",
    async () => {
      const [one, other] = [named(decisions[0]!), named(decisions[1]!)]
      const out = ["--data", "data", "--out", "empty/proof.tlog-proof", "--receipt", "empty/one.cose"]
      expect(await call("prove", one, ...out, "--entry", "empty/one.leaf")).toMatchObject({ code: 0, err: "" })
      const done = await check("proof.tlog-proof", "--receipt", "one.cose", "--json")
      expect([done.code, JSON.parse(done.out)]).toMatchObject([
        0,
        { valid: true, receipt: { index: expect.any(Number) } },
      ])
      const receipt = parseReceipt(readFileSync(join(empty, "one.cose")))
      if ("reason" in receipt) throw new Error(receipt.detail)
      // As a reader does that knows nothing of this log but its key: entry, path, root, signature.
      const root = rootOfInclusion(
        leafHash(readFileSync(join(empty, "one.leaf"))),
        receipt.index,
        receipt.size,
        receipt.path,
      )
      const { key } = decodeVkey(readFileSync(join(empty, "p000.vkey"), "utf8").trim())
      expect(verify(null, receipt.signingInput(root!), key, receipt.signature)).toBe(true)

      await call("prove", other, "--data", "data", "--out", "empty/other.tlog-proof")
      const mixed = await check("other.tlog-proof", "--receipt", "one.cose")
      expect(mixed).toMatchObject({ code: 1, out: expect.stringContaining("NOT VALID") })
      const bytes = readFileSync(join(empty, "one.cose"))
      bytes[bytes.length - 1]! ^= 1
      writeFileSync(join(empty, "one.cose"), bytes)
      const forged = await check("proof.tlog-proof", "--receipt", "one.cose")
      expect(forged).toMatchObject({ code: 1, out: expect.stringContaining("not signed by") })
    },
    STEP_MS,
  )

  it(
    "names a signature line that is not verified, and refuses one with control characters in it",
    async () => {
      await call("prove", named(decisions[0]!), "--data", "data", "--out", "empty/proof.tlog-proof")
      const proof = readFileSync(join(empty, "proof.tlog-proof"), "utf8")
      const signedBy = (name: string): void =>
        writeFileSync(join(empty, "witnessed.tlog-proof"), `${proof}— ${name} AAAAAAECAwQFBgcICQoLDA0ODw==\n`)
      signedBy("witness.example/approved")
      const done = await check("witnessed.tlog-proof")
      expect(done).toMatchObject({ code: 0 })
      expect(done.out).toContain("a signature line names witness.example/approved: not verified")
      signedBy("witness\x1b[1m")
      expect(await check("witnessed.tlog-proof")).toMatchObject({ code: 1 })
    },
    STEP_MS,
  )

  it(
    "is refused with another's event in it, with one more member, and under another key",
    async () => {
      const [one, other] = decisions
      await call("prove", named(one!), "--data", "data", "--out", "empty/proof.tlog-proof")
      await call("prove", named(other!), "--data", "data", "--out", "empty/other.tlog-proof")
      const text = readFileSync(join(empty, "proof.tlog-proof"), "utf8")
      const extraOf = (proof: string) => JSON.parse(Buffer.from(/^extra (.*)$/m.exec(proof)![1]!, "base64").toString())
      const file = extraOf(text)
      const foreign = extraOf(readFileSync(join(empty, "other.tlog-proof"), "utf8"))
      const write = (value: unknown): void => {
        const extra = Buffer.from(JSON.stringify(value)).toString("base64")
        writeFileSync(join(empty, "edited.tlog-proof"), text.replace(/^extra .*$/m, `extra ${extra}`))
      }
      write(file)
      expect(await check("edited.tlog-proof")).toMatchObject({ code: 0 })
      write({ ...file, event: foreign.event })
      expect(await check("edited.tlog-proof")).toMatchObject({ code: 1, out: expect.stringContaining("NOT VALID") })
      write({ ...file, event2: named(other!) })
      expect(await check("edited.tlog-proof")).toMatchObject({
        code: 1,
        out: expect.stringContaining("does not follow"),
      })
      writeFileSync(join(empty, "foreign.vkey"), "other.example+00000000+AQ==\n")
      const foreignKey = await assay(["verify-proof", "proof.tlog-proof", "--key", "foreign.vkey"], { cwd: empty })
      expect(foreignKey.code).toBe(2)
      expect(foreignKey.err).toContain("verifier key")
    },
    STEP_MS,
  )

  it("the verifier key is one line, as Go's note reads it", () => {
    const text = readFileSync(join(empty, "p000.vkey"), "utf8")
    expect(text).toMatch(/^assay\.local\/audit\/audit\.events\.v1\/0\/1\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+\n$/)
  })
})
