/** An export over logs that go on after each other, and what its offline check finds where one was swapped or left out. */

import { createHash } from "node:crypto"
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Manifest, type ParquetOptions, packEvidence, unpackEvidence, verifyExport } from "@assay/egress/parquet"
import { encodeSubmitted } from "@assay/engine"
import { type Device, envelopeOf } from "@assay/fleet"
import { olderVkeyPath, vkeyPath } from "@assay/integrity-hasher/sealer"
import { openEmbedded } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { logDirectory } from "@assay/transparency/storage"
import { afterAll, beforeAll, expect, it } from "vitest"
import { exportOf } from "./export-of-run.ts"
import { type SealedRun, sealedRun } from "./sealed-run.ts"

const STEP_MS = 120_000
let run: SealedRun
let root: string
let late: Device
let keys: ReadonlyArray<string>
/** What the old log ends with. */
let end: string
let ended = 0

const exportTo = (to: string, changed?: Partial<ParquetOptions>) => exportOf(run, to, changed)
const published = (): string => readFileSync(join(logDirectory(run.dir, 0), "checkpoint"), "utf8")
const sizeOf = (note: string): number => Number(note.split("\n")[1])
const sayTen = (): Promise<void> =>
  run.again(async (log) => {
    const messages = Array.from({ length: 10 }, () => late.message())
    await log.append(
      { stream: STREAMS.submitted, partition: 0 },
      messages.map(({ bytes }) => encodeSubmitted(Buffer.from(late.did), envelopeOf(bytes))),
    )
  })

beforeAll(async () => {
  run = await sealedRun("parquet line")
  root = join(run.root, "export")
  late = run.world.device("late")
  await run.again((log) =>
    log.append({ stream: STREAMS.submitted, partition: 0 }, [
      encodeSubmitted(Buffer.from(late.did), envelopeOf(late.presentation().bytes)),
    ]),
  )
  end = published()
  ended = sizeOf(end)
  mkdirSync(root)
  // Begun before the key was stolen.
  await exportTo(root)
  const beyond = join(run.root, "beyond")
  await sayTen()
  mkdirSync(beyond)
  await exportTo(beyond)
  writeFileSync(join(run.root, "last"), end)
  const { code, err } = await assay(["successor", "--data", "data", "--key", "data/vkeys", "--last", "last"], {
    cwd: run.root,
  })
  expect(code, err).toBe(0)
  await sayTen()
  await exportTo(root)
  keys = [olderVkeyPath(run.dir, 0, 1), vkeyPath(run.dir, 0)].map((path) => readFileSync(path, "utf8").trim())
}, STEP_MS)
afterAll(() => run?.remove())

let copies = 0
const copyOf = (): string => {
  const to = join(run.root, `copy-${copies++}`)
  cpSync(root, to, { recursive: true })
  return to
}
const check = (of: string, given = keys, since: ReadonlyArray<string> = [published()]) =>
  verifyExport({ root: of, keys: given, since })
const kindsIn = async (of: string, given = keys) => [
  ...new Set((await check(of, given)).findings.map(({ kind }) => kind)),
]
const manifestsIn = (of: string): ReadonlyArray<string> =>
  readdirSync(join(of, "manifests/p000"))
    .sort()
    .map((name) => join(of, "manifests/p000", name))
const read = (path: string): Manifest => JSON.parse(readFileSync(path, "utf8")) as Manifest

it("has what both logs decided, each checked under its own key, and that one ends where the other begins", {
  timeout: STEP_MS,
}, async () => {
  const report = await check(root)
  expect(report.findings).toEqual([])
  expect(report.covered).toMatchObject([
    { base: 0, from: 0, to: ended, signedTo: ended },
    { base: ended, from: 0, to: sizeOf(published()), signedTo: sizeOf(published()) },
  ])
  expect(report.covered[1]!.origin).toContain("/audit.2/")
  // The same as an export that begins now.
  const fresh = join(run.root, "fresh")
  mkdirSync(fresh)
  const { rows } = await exportTo(fresh)
  expect([report.rows, await kindsIn(fresh)]).toEqual([rows, []])
  expect(await exportTo(fresh)).toMatchObject({ ranges: 0, rows: 0 })
  const called = await assay(["verify-export", "export", "--key", "data/vkeys", "--json"], { cwd: run.root })
  expect([called.code, JSON.parse(called.out).intact], called.out).toEqual([0, true])
})

it("from a time on, also within the successor", { timeout: STEP_MS }, async () => {
  const since = join(run.root, "since")
  mkdirSync(since)
  const log = await openEmbedded({ dir: run.dir, readOnly: true })
  const records = await log.read({ stream: STREAMS.audit, partition: 0 }, 0, 100_000, 1 << 28)
  await log.close()
  await exportTo(since, { sinceMs: records.at(-5)!.time })
  const { findings, covered } = await check(since)
  expect(findings).toEqual([])
  expect(covered).toHaveLength(1)
  expect(covered[0]!.from).toBeGreaterThan(1)
})

it("one of the logs is not believed without its key", { timeout: STEP_MS }, async () => {
  expect(await kindsIn(root, [keys[0]!])).toContain("checkpoint-unsigned")
  expect(await kindsIn(root, [keys[1]!])).toContain("checkpoint-unsigned")
})

it("a range of the old log that was left out at its end", { timeout: STEP_MS }, async () => {
  const copy = copyOf()
  const of = manifestsIn(copy)
  const last = of.findLast((path) => (read(path).base ?? 0) === 0)!
  rmSync(last)
  expect(await kindsIn(copy)).toContain(of.length > 2 ? "range-missing" : "file-added")
})

it("a successor that begins with another checkpoint", { timeout: STEP_MS }, async () => {
  const copy = copyOf()
  const path = manifestsIn(copy).find((one) => (read(one).base ?? 0) > 0)!
  const manifest = read(path)
  const file = join(copy, manifest.evidence.path)
  const [first, ...rest] = unpackEvidence(readFileSync(file))
  const bytes = packEvidence([{ ...first!, leaf: Buffer.from(run.earlier) }, ...rest])
  writeFileSync(file, bytes)
  const evidence = {
    path: manifest.evidence.path,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  }
  writeFileSync(path, JSON.stringify({ ...manifest, evidence }))
  const { findings } = await check(copy)
  expect(findings).toContainEqual(
    expect.objectContaining({ kind: "checkpoint-differs", message: expect.stringContaining("the log begins after") }),
  )
})

it("an export that went beyond the end of the old log is refused", { timeout: STEP_MS }, async () => {
  await expect(exportTo(join(run.root, "beyond"))).rejects.toThrow("begin a new export")
})
