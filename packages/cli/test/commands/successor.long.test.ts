/** `assay successor`, as an operator calls it whose log's key was stolen, and what reads the log afterwards. */

import { generateKeyPairSync } from "node:crypto"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startSealers } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { auditEvent } from "@assay/testkit/audit-event"
import { assay, type Done } from "@assay/testkit/cli"
import { cosign, encodeWitnessKey, keySigner, witnessKey } from "@assay/transparency"
import type { AuditEvent } from "@assay/trust"
import { afterAll, beforeAll, expect, it } from "vitest"

let cwd = ""
const at = (name: string): string => join(cwd, name)
const run = (...args: ReadonlyArray<string>): Promise<Done> => assay(args, { cwd })
const witness = keySigner(generateKeyPairSync("ed25519").privateKey)
const WITNESS = witnessKey("w1.example", witness.publicKey)

/** A decision on the message at this offset. */
const decision = (offset: number): AuditEvent => ({
  ...auditEvent(offset),
  kind: "decision",
  index: 0,
  from: null,
  to: null,
  decision: { outcome: "verified", reasons: [], trust: "trusted", reputation: 1, kind: "original", supersedes: null },
})

const seal = async (from: number, to: number): Promise<void> => {
  const log: Log = await openEmbedded({ dir: at("data"), partitions: 1 })
  const sealers = await startSealers(log, at("data"), (cause) => {
    throw cause
  })
  const events = Array.from({ length: to - from }, (_, n) => decision(from + n))
  await log.append(
    { stream: STREAMS.audit, partition: 0 },
    events.map((event) => ({ key: Buffer.from(event.device!), value: encodeAudit(event) })),
  )
  await sealers.settled()
  await sealers.stop()
  await log.close()
}

const cosignPublished = async (): Promise<void> => {
  const note = readFileSync(at("data/tlog/p000/checkpoint"), "utf8")
  const text = note.slice(0, note.lastIndexOf("\n\n") + 1)
  writeFileSync(at("data/tlog/p000/checkpoint.cosigned"), note + (await cosign(text, WITNESS, witness, Date.now())))
}

const policy = (): void => {
  const logs = readdirSync(at("known")).map((name) => `log ${readFileSync(at(join("known", name)), "utf8").trim()}\n`)
  writeFileSync(at("policy"), `${logs.join("")}witness w1 ${encodeWitnessKey(WITNESS)}\nquorum w1\n`)
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-successor-"))
  await seal(0, 300)
  await cosignPublished()
  await seal(300, 320)
  mkdirSync(at("known"))
  cpSync(at("data/vkeys/p000.vkey"), at("known/old.vkey"))
  policy()
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

it("asks for what ends the old log, and for a checkpoint that its witnesses cosigned", async () => {
  const neither = await run("successor", "--data", "data", "--key", "known")
  expect([neither.code, neither.err]).toEqual([2, expect.stringContaining("--last CHECKPOINT")])
  const other = witnessKey("w2.example", keySigner(generateKeyPairSync("ed25519").privateKey).publicKey)
  writeFileSync(
    at("other"),
    `log ${readFileSync(at("known/old.vkey"), "utf8").trim()}\nwitness w2 ${encodeWitnessKey(other)}\nquorum w2\n`,
  )
  const unmet = await run("successor", "--data", "data", "--key", "known", "--witness-policy", "other")
  expect(unmet.code).not.toBe(0)
  expect((await run("verify", "data", "--key", "known")).code).toBe(0)
})

it("goes on after the last witnessed checkpoint, and verify checks both", async () => {
  const { code, out } = await run(
    "successor",
    "--data",
    "data",
    "--key",
    "known",
    "--witness-policy",
    "policy",
    "--json",
  )
  expect([code, JSON.parse(out)]).toMatchObject([0, { generation: 2, logs: [{ partition: 0, after: 300 }] }])
  // Called again by somebody whose first call was killed behind its last step.
  const again = await run("successor", "--data", "data", "--key", "known", "--witness-policy", "policy", "--json")
  expect([again.code, JSON.parse(again.out)]).toEqual([0, JSON.parse(out)])
  await seal(320, 360)
  await cosignPublished()
  const alone = await run("verify", "data", "--key", "known")
  expect([alone.code, alone.err]).toEqual([2, expect.stringContaining("audit.2/")])
  cpSync(at("data/vkeys/p000.vkey"), at("known/new.vkey"))
  policy()
  const both = await run("verify", "data", "--key", "known", "--witness-policy", "policy", "--json")
  expect([both.code, JSON.parse(both.out)]).toMatchObject([
    0,
    {
      intact: true,
      reports: [
        {
          size: 61,
          compared: 60,
          anchored: true,
          before: [{ size: 300, compared: 300, anchored: true, intact: true }],
        },
      ],
    },
  ])
})

it("proves a decision in the log that holds it", async () => {
  for (const [offset, key, leaf] of [
    [10, "old", 10],
    [310, "new", 11],
  ] as const) {
    const proof = await run("prove", `1/0/${offset}`, "--data", "data", "--out", "proof", "--json")
    expect([proof.code, JSON.parse(proof.out)]).toMatchObject([0, { leaf }])
    const { code, out } = await run(
      "verify-proof",
      "proof",
      "--key",
      `known/${key}.vkey`,
      "--witness-policy",
      "policy",
      "--json",
    )
    expect([code, JSON.parse(out)], key).toMatchObject([0, { valid: true, leaf, cosigned: [{ witness: "w1" }] }])
  }
})

it("the old key seals nothing any more", async () => {
  const stolen = readFileSync(at("data/log-key.1.pem"))
  const own = readFileSync(at("data/log-key.pem"))
  writeFileSync(at("data/log-key.pem"), stolen)
  await expect(seal(360, 361)).rejects.toThrow("is not the key that seals this log")
  writeFileSync(at("data/log-key.pem"), own)
})
