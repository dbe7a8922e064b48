/**
 * An export to Parquet, and what its offline check finds: rows and files that were changed, added, removed or swapped, also by
 * somebody who writes hashes and manifests to match.
 */
import { createHash, generateKeyPairSync } from "node:crypto"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import {
  exportParquet,
  type Manifest,
  type ParquetOptions,
  packEvidence,
  parquetOf,
  rowsOfParquet,
  unpackEvidence,
  updateTable,
  verifyExport,
} from "@assay/egress/parquet"
import { encodeSubmitted, submitControl } from "@assay/engine"
import { type Device, envelopeOf } from "@assay/fleet"
import { saltsPath } from "@assay/integrity-hasher/sealer"
import { openEmbedded } from "@assay/log/embedded"
import { decodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay, type Done } from "@assay/testkit/cli"
import { encodeVkey, keySigner, verifierKey } from "@assay/transparency"
import { KeyStore, logDirectory } from "@assay/transparency/storage"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { exportOf } from "./export-of-run.ts"
import { type SealedRun, sealedRun } from "./sealed-run.ts"

const STEP_MS = 120_000
type Row = Awaited<ReturnType<typeof rowsOfParquet>>[number]

let run: SealedRun
/** Comes when the first call is done. */
let late: Device
/** As the exporter left it, after two calls. */
let original: string
let checkpoint: string

const exportTo = (root: string, changed?: Partial<ParquetOptions>) => exportOf(run, root, changed)

beforeAll(async () => {
  run = await sealedRun("parquet")
  original = join(run.root, "export")
  mkdirSync(original)
  await exportTo(original)
  late = run.world.device("late")
  await sayAgain()
  checkpoint = readFileSync(join(logDirectory(run.dir, 0), "checkpoint"), "utf8")
  await exportTo(original)
}, STEP_MS)
afterAll(() => run?.remove())

/** `late` shows its credential, and says ten things. */
const sayAgain = (): Promise<void> =>
  run.again(async (log) => {
    const records = [late.presentation(), ...Array.from({ length: 10 }, () => late.message())].map(({ bytes }) =>
      encodeSubmitted(Buffer.from(late.did), envelopeOf(bytes)),
    )
    await log.append({ stream: STREAMS.submitted, partition: 0 }, records)
  })

/** A copy of the export to do something to. */
let copies = 0
const copyOf = (): string => {
  const root = join(run.root, `copy-${copies++}`)
  cpSync(original, root, { recursive: true })
  return root
}

const call = (...args: ReadonlyArray<string>): Promise<Done> => assay(args, { cwd: run.root })

const check = (root: string, since: ReadonlyArray<string> = [checkpoint]) =>
  verifyExport({ root, keys: [run.vkey], since })

const kindsIn = async (root: string, since?: ReadonlyArray<string>) =>
  [...new Set((await check(root, since)).findings.map(({ kind }) => kind))].sort()

const manifestsIn = (root: string): ReadonlyArray<string> =>
  readdirSync(join(root, "manifests/p000"))
    .sort()
    .map((name) => join(root, "manifests/p000", name))

const readManifest = (path: string): Manifest => JSON.parse(readFileSync(path, "utf8")) as Manifest

/** As somebody would who knows how manifests are made. */
const rewrite = (path: string, change: (manifest: Manifest) => Manifest): void =>
  writeFileSync(path, `${JSON.stringify(change(readManifest(path)), null, 2)}\n`)

const described = (root: string, path: string) => {
  const bytes = readFileSync(join(root, path))
  return { path, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") }
}

/** Changes the rows of the first file, and writes a manifest to match. */
const withRows = async (change: (rows: ReadonlyArray<Row>) => ReadonlyArray<Row>): Promise<string> => {
  const root = copyOf()
  const [path] = manifestsIn(root)
  const [file] = readManifest(path!).files
  const rows = change(await rowsOfParquet(readFileSync(join(root, file!.path))))
  writeFileSync(join(root, file!.path), parquetOf(rows, {}))
  rewrite(path!, (manifest) => ({
    ...manifest,
    rows: manifest.rows - file!.rows + rows.length,
    files: manifest.files.map((one) =>
      one.path === file!.path ? { ...described(root, one.path), rows: rows.length } : one,
    ),
  }))
  return root
}

/** Changes the evidence of the first range, and writes a manifest to match. */
const withEvidence = (
  change: (leaves: ReturnType<typeof unpackEvidence>) => ReturnType<typeof unpackEvidence>,
): string => {
  const root = copyOf()
  const [path] = manifestsIn(root)
  const { evidence } = readManifest(path!)
  writeFileSync(
    join(root, evidence.path),
    packEvidence(change(unpackEvidence(readFileSync(join(root, evidence.path))))),
  )
  rewrite(path!, (manifest) => ({ ...manifest, evidence: described(root, evidence.path) }))
  return root
}

describe("an export", () => {
  it("has every reading of what was decided so, once, by day and zone", async () => {
    const wanted: Array<string> = []
    for (const stream of [STREAMS.verified, STREAMS.annotated])
      for (const { value } of await run.records(stream)) {
        const { origin, readings } = decodeAssayed(value)
        for (const [n, one] of readings.entries()) wanted.push(`${origin.offset}#${n} ${one.name} ${one.value}`)
      }
    const rows: Array<string> = []
    for (const path of manifestsIn(original))
      for (const file of readManifest(path).files) {
        expect(file.path).toMatch(/^readings\/day=\d{4}-\d\d-\d\d\/zone_id=[^/]+\/p000-\d+-\d+\.parquet$/)
        const found = await rowsOfParquet(readFileSync(join(original, file.path)))
        expect(found).toHaveLength(file.rows)
        for (const { originOffset, position, name, value } of found)
          rows.push(`${originOffset}#${position} ${name} ${value}`)
      }
    expect(wanted.length).toBeGreaterThan(100)
    expect(rows.sort()).toEqual(wanted.sort())
  })

  it("is intact by its own evidence and the log's key, as far as the checkpoint from outside", async () => {
    const report = await check(original)
    expect(report.findings).toEqual([])
    expect(report).toMatchObject({ found: 0, withheld: 0 })
    const [covered] = report.covered
    expect(covered).toMatchObject({ partition: 0, from: 0, signedTo: covered!.to })
    expect(covered!.to).toBe(Number(checkpoint.split("\n")[1]))
    expect(manifestsIn(original)).toHaveLength(2)
  })

  it("of nothing new changes nothing", async () => {
    const root = copyOf()
    expect(await exportTo(root)).toMatchObject({ ranges: 0, rows: 0 })
    expect(manifestsIn(root)).toHaveLength(2)
  })

  it("is refused where the directory is one of other outcomes", async () => {
    const log = await openEmbedded({ dir: run.dir, readOnly: true })
    const options = {
      log,
      root: original,
      dataDir: run.dir,
      sinceMs: null,
      location: null,
      keysOf: () => Promise.reject(new Error()),
    }
    await expect(exportParquet({ ...options, outcomes: ["verified"] })).rejects.toThrow(
      "is an export of annotated and verified",
    )
    await log.close()
  })
})

describe("an export that leaves something out", () => {
  it("of an erased device has no row of it, and says how many messages that are", async () => {
    const root = join(run.root, "erased")
    mkdirSync(root)
    const { value } = (await run.records(STREAMS.annotated)).at(-1)!
    const erased = decodeAssayed(value).claims!.iss
    const keysOf: ParquetOptions["keysOf"] = async (partition) => {
      const keys = await KeyStore.read(saltsPath(run.dir, partition))
      const theirs = Buffer.from(keys.get(erased)!.pseudonym)
      return {
        get: (device) => (device === erased ? null : keys.get(device)),
        isErased: (pseudonym) => theirs.equals(pseudonym) || keys.isErased(pseudonym),
        close: () => keys.close(),
      }
    }
    const { withheld } = await exportTo(root, { keysOf })
    expect(withheld).toBeGreaterThan(0)
    const report = await check(root)
    // The log holds no erasure of it: nothing in the export says why they are left out.
    expect(report).toMatchObject({ found: 0, withheld, erased: 0 })
    for (const path of manifestsIn(root))
      for (const file of readManifest(path).files)
        for (const { device } of await rowsOfParquet(readFileSync(join(root, file.path))))
          expect(device).not.toBe(erased)
    const said = await call("verify-export", "erased", "--key", "data/vkeys")
    expect(said.code).toBe(1)
    expect(said.out).toContain("left out as those of erased devices")
    expect(await call("verify-export", "erased", "--key", "data/vkeys", "--allow-withheld")).toMatchObject({ code: 0 })
  })

  it("from a time on is proven from its first leaf, and says what is not in it", async () => {
    const root = join(run.root, "since")
    mkdirSync(root)
    const audit = await run.records(STREAMS.audit)
    const sinceMs = audit[Math.floor(audit.length / 2)]!.time
    await exportTo(root, { sinceMs })
    const report = await check(root)
    expect(report.findings).toEqual([])
    expect(report.covered[0]!.from).toBe(audit.filter(({ time }) => time < sinceMs).length)
    expect(report.covered[0]!.from).toBeGreaterThan(0)
  })
})

describe("assay export parquet and verify-export", () => {
  it("write and check an export, and go on where the last call ended", async () => {
    const done = await call(
      "export",
      "parquet",
      "--to",
      "by-call",
      "--data",
      "data",
      "--outcome",
      "verified,annotated",
      "--json",
    )
    expect(done.code).toBe(0)
    expect(done.err).toMatch(/^partition 0: leaves 0 to \d+, \d+ rows$/m)
    const { rows } = JSON.parse(done.out) as { rows: number }
    const again = await call(
      "export",
      "parquet",
      "--to",
      "by-call",
      "--data",
      "data",
      "--outcome",
      "verified,annotated",
      "--json",
    )
    expect(JSON.parse(again.out)).toMatchObject({ rows: 0, ranges: 0 })
    writeFileSync(join(run.root, "newest"), checkpoint)
    const checked = await call("verify-export", "by-call", "--key", "data/vkeys", "--since", "newest", "--json")
    expect(checked).toMatchObject({ code: 0, err: "" })
    expect(JSON.parse(checked.out)).toMatchObject({ intact: true, rows, notChecked: [] })
    const [path] = manifestsIn(join(run.root, "by-call"))
    rmSync(join(run.root, "by-call", readManifest(path!).files[0]!.path))
    const broken = await call("verify-export", "by-call", "--key", "data/vkeys")
    expect(broken.code).toBe(1)
    expect(broken.out).toMatch(/^NOT INTACT/)
    expect(broken.out).toContain("file-missing")
    expect(broken.out).toContain("not checked: whether the export was cut short")
  })

  it.each([
    [["export", "parquet"], "--to DIR"],
    [["export", "parquet", "--to", "x", "--follow"], "takes no --follow"],
    [["export", "parquet", "--to", "x", "--outcome", "quarantined"], "takes verified or annotated"],
    [["export", "csv", "--to", "x"], "lines or parquet"],
    [["export", "parquet", "--to", "/dev/null/x", "--data", "data"], "--to /dev/null/x cannot be used"],
    [["verify-export"], "takes the directory of an export"],
    [["verify-export", "nowhere", "--key", "data/vkeys"], "there is no directory nowhere"],
    [["verify-export", "data", "--key", "data/vkeys"], "data is no export"],
  ])("%j is the caller's to correct", async (args, says) => {
    const done = await call(...args)
    expect(done).toMatchObject({ code: 2, out: "" })
    expect(done.err).toContain(says)
  })
})

describe("the offline check names", () => {
  it("a row that was changed", async () => {
    const root = await withRows(([first, ...rest]) => [{ ...first!, value: 1e9 }, ...rest])
    const { findings, found } = await check(root)
    expect(found).toBe(1)
    expect(findings[0]).toMatchObject({ kind: "row-altered", message: expect.stringContaining("value is 1000000000") })
  })

  it("a row that was removed", async () => {
    expect(await kindsIn(await withRows((rows) => rows.slice(1)))).toEqual(["manifest-differs", "row-missing"])
  })

  it.each([
    ["of nowhere", (row: Row): Row => ({ ...row, originOffset: row.originOffset + 100_000 })],
    ["that stands there already", (row: Row): Row => row],
  ])("a row that was added: one %s", async (_, of) => {
    expect(await kindsIn(await withRows((rows) => [...rows, of(rows[0]!)]))).toEqual(["manifest-differs", "row-added"])
  })

  it("two rows whose values were swapped", async () => {
    const root = await withRows(([a, b, ...rest]) => [{ ...a!, value: b!.value }, { ...b!, value: a!.value }, ...rest])
    expect((await check(root)).findings.map(({ kind }) => kind)).toEqual(["row-altered", "row-altered"])
  })

  it("two files that were swapped", async () => {
    const root = copyOf()
    const [one, other] = manifestsIn(root).map((path) => join(root, readManifest(path).files[0]!.path))
    renameSync(one!, `${one}.kept`)
    renameSync(other!, one!)
    renameSync(`${one}.kept`, other!)
    expect(await kindsIn(root)).toEqual(["file-altered", "row-added", "row-missing"])
  })

  it("a file whose bytes were changed, and one that is no Parquet file", async () => {
    const root = copyOf()
    const path = join(root, readManifest(manifestsIn(root)[0]!).files[0]!.path)
    writeFileSync(path, Buffer.concat([readFileSync(path).subarray(0, 40), Buffer.from("junk")]))
    expect(await kindsIn(root)).toEqual(["file-altered"])
  })

  it("a file that was removed, named by its manifest or not", async () => {
    const root = copyOf()
    const [path] = manifestsIn(root)
    rmSync(join(root, readManifest(path!).files[0]!.path))
    expect(await kindsIn(root)).toEqual(["file-missing"])
    rewrite(path!, (manifest) => ({ ...manifest, files: manifest.files.slice(1) }))
    expect(await kindsIn(root)).toEqual(["file-missing"])
  })

  it("a file that was added, named by a manifest or not", async () => {
    const root = copyOf()
    const [path] = manifestsIn(root)
    const [file] = readManifest(path!).files
    const added = `${dirname(file!.path)}/p000-9-9.parquet`
    cpSync(join(root, file!.path), join(root, added))
    expect(await kindsIn(root)).toEqual(["file-added"])
    rewrite(path!, (manifest) => ({ ...manifest, files: [...manifest.files, { ...file!, path: added }] }))
    expect(await kindsIn(root)).toEqual(["file-added"])
  })

  it("an end that was cut off, where a checkpoint from outside tells", async () => {
    const root = copyOf()
    const last = manifestsIn(root).at(-1)!
    const { files, evidence } = readManifest(last)
    for (const { path } of [...files, evidence]) rmSync(join(root, path))
    rmSync(last)
    expect(await kindsIn(root)).toEqual(["checkpoint-not-reached"])
    expect(await kindsIn(root, [])).toEqual([])
  })

  it("a range that was taken out of the middle", async () => {
    const root = copyOf()
    const [path, last] = manifestsIn(root)
    const shifted = readManifest(path!)
    // As if the first had been shorter: its last leaves are in no range.
    const cut = unpackEvidence(readFileSync(join(root, shifted.evidence.path))).slice(0, -3)
    const range = { from: 0, to: shifted.leaves.to - 3 }
    const name = (leaf: number): string => String(leaf).padStart(12, "0")
    const evidence = `evidence/p000/${name(0)}-${name(range.to)}.bin`
    writeFileSync(join(root, evidence), packEvidence(cut))
    rmSync(join(root, shifted.evidence.path))
    rmSync(path!)
    writeFileSync(
      join(dirname(last!), `${name(0)}-${name(range.to)}.json`),
      JSON.stringify({ ...shifted, leaves: range, checkpoint: null, evidence: described(root, evidence) }),
    )
    expect(await kindsIn(root)).toContain("range-missing")
  })

  it("a record that is another one than was decided, with rows to match", async () => {
    const root = withEvidence((leaves) => {
      const at = leaves.findIndex(({ record }) => record.length > 0)
      const other = leaves.findLast(({ record }) => record.length > 0)!
      return leaves.with(at, { ...leaves[at]!, record: other.record })
    })
    expect(await kindsIn(root)).toContain("record-altered")
  })

  it("a decision whose outcome was changed, and one that is not opened", async () => {
    const at = (leaves: ReturnType<typeof unpackEvidence>): number =>
      leaves.findIndex(({ record }) => record.length > 0)
    const changed = withEvidence((leaves) => {
      const one = leaves[at(leaves)]!
      const opening = Buffer.from(
        Buffer.from(one.opening)
          .toString("latin1")
          .replace(/annotated|verified/, "quarantin"),
        "latin1",
      )
      return leaves.with(at(leaves), { ...one, opening, record: Buffer.alloc(0) })
    })
    expect(await kindsIn(changed)).toContain("decision-unopened")
    const closed = withEvidence((leaves) =>
      leaves.with(at(leaves), {
        ...leaves[at(leaves)]!,
        kind: "none",
        opening: Buffer.alloc(0),
        record: Buffer.alloc(0),
      }),
    )
    expect(await kindsIn(closed)).toContain("decision-unopened")
  })

  it("a leaf that was left out or made up", async () => {
    expect(await kindsIn(withEvidence((leaves) => leaves.toSpliced(3, 1)))).toContain("checkpoint-differs")
    expect(await kindsIn(withEvidence((leaves) => [...leaves.slice(0, -1), leaves[0]!]))).toContain(
      "checkpoint-differs",
    )
  })

  it("evidence that was removed, and evidence that is none", async () => {
    const root = copyOf()
    const { evidence } = readManifest(manifestsIn(root)[0]!)
    writeFileSync(join(root, evidence.path), "junk")
    expect(await kindsIn(root)).toContain("evidence-altered")
    rmSync(join(root, evidence.path))
    expect(await kindsIn(root)).toContain("evidence-missing")
  })

  it("a manifest that cannot be read, and one that leads out of the directory", async () => {
    const root = copyOf()
    const [path] = manifestsIn(root)
    rewrite(path!, (manifest) => ({
      ...manifest,
      files: manifest.files.map((file) => ({ ...file, path: `../../${file.path}` })),
    }))
    expect(await kindsIn(root)).toEqual(["file-added", "manifest-unreadable"])
    writeFileSync(path!, "{")
    expect(await kindsIn(root)).toEqual(["file-added", "manifest-unreadable"])
  })

  it("messages that are left out as those of erased devices, as a number that nobody vouches for", async () => {
    const root = withEvidence((leaves) => {
      const at = leaves.findIndex(({ record }) => record.length > 0)
      return leaves.with(at, { ...leaves[at]!, record: Buffer.alloc(0) })
    })
    expect(await check(root)).toMatchObject({ withheld: 1 })
  })

  it("that nothing of it is signed by this key", async () => {
    const signer = keySigner(generateKeyPairSync("ed25519").privateKey)
    const vkey = encodeVkey(verifierKey(run.vkey.split("+")[0]!, signer.publicKey))
    const { findings } = await verifyExport({ root: original, keys: [vkey] })
    expect(findings.map(({ kind }) => kind)).toContain("checkpoint-unsigned")
  })
})

describe("an Iceberg table beside the files", () => {
  it("has what they have, and the offline check names what it has not", async () => {
    const root = copyOf()
    const { table } = await exportTo(root, { location: "s3://bucket/readings" })
    const { rows } = await contentOf(root)
    expect(table).toMatchObject({ version: 1, rows: rows.length, isNew: true })
    expect(await check(root)).toMatchObject({ found: 0 })
    // One that names less than there is: an older version, under the newest name.
    const other = copyOf()
    const [path] = manifestsIn(other)
    const hidden = `${path}.hidden`
    renameSync(path!, hidden)
    await updateTable({ root: other, partitions: 1, location: "s3://bucket/readings" })
    renameSync(hidden, path!)
    expect(await kindsIn(other)).toEqual(["table-differs"])
    // The next call mends it.
    await exportTo(other)
    expect(await kindsIn(other)).toEqual([])
    writeFileSync(join(other, "metadata/v2.metadata.json"), "{")
    expect(await kindsIn(other)).toEqual(["table-differs"])
  })

  it("is kept by the command, at the place that is named", async () => {
    const args = ["export", "parquet", "--to", "with-table", "--data", "data", "--iceberg"]
    const done = await call(...args, "--json")
    expect(done.code).toBe(0)
    const { table, rows } = JSON.parse(done.out) as { table: { version: number }; rows: number }
    expect(table).toMatchObject({ version: 1, rows })
    const hint = readFileSync(join(run.root, "with-table/metadata/v1.metadata.json"), "utf8")
    expect(JSON.parse(hint)).toMatchObject({ "format-version": 2, location: `file://${join(run.root, "with-table")}` })
    expect(await call(...args, "--location", "s3://elsewhere/readings")).toMatchObject({
      code: expect.toSatisfy((code: number) => code !== 0),
      err: expect.stringContaining("is one of file://"),
    })
    expect(await call("export", "parquet", "--to", "x", "--location", "s3://a/b")).toMatchObject({ code: 2 })
    expect(await call("export", "--to", "x", "--iceberg")).toMatchObject({ code: 2 })
    expect(await call("verify-export", "with-table", "--key", "data/vkeys")).toMatchObject({ code: 0 })
  })
})

describe("a crash of the exporter", () => {
  it("before its manifest is written leaves nothing of a range; after it the next start finishes", async () => {
    const root = copyOf()
    const last = manifestsIn(root).at(-1)!
    const { files, evidence } = readManifest(last)
    const staging = join(root, "_staging/p000")
    // As it is when the process dies after the point of no return: some files moved, some not.
    for (const { path } of [...files.slice(1), evidence]) {
      mkdirSync(dirname(join(staging, path)), { recursive: true })
      renameSync(join(root, path), join(staging, path))
    }
    renameSync(last, join(staging, "manifest.json"))
    expect(await exportTo(root)).toMatchObject({ ranges: 0 })
    expect(await check(root)).toMatchObject({ found: 0 })
    expect(existsSync(staging)).toBe(false)
    // Before it: what lies there is thrown away.
    mkdirSync(staging, { recursive: true })
    writeFileSync(join(staging, "half.parquet"), "half")
    expect(await exportTo(root)).toMatchObject({ ranges: 0 })
    expect(existsSync(staging)).toBe(false)
  })
})

/** All rows, and all signed messages that the evidence holds, by device. */
const contentOf = async (root: string) => {
  const rows: Array<Row> = []
  const signed: Array<string> = []
  for (const path of manifestsIn(root)) {
    const { files, evidence } = readManifest(path)
    for (const file of files) rows.push(...(await rowsOfParquet(readFileSync(join(root, file.path)))))
    for (const { record } of unpackEvidence(readFileSync(join(root, evidence.path))))
      if (record.length > 0) signed.push(decodeAssayed(record).claims!.iss)
  }
  return { rows, signed }
}

const keyOfRow = ({ originOffset, position }: Row): string => `${originOffset}#${position}`

describe("a device that is erased", () => {
  /** Exported before the erasure, and not gone on with. */
  let before: string
  let theirs: ReadonlyArray<Row>
  /** Their messages, those without readings too. */
  let messages = 0

  beforeAll(async () => {
    before = copyOf()
    const { rows, signed: names } = await contentOf(before)
    theirs = rows.filter(({ device }) => device === late.did)
    messages = names.filter((name) => name === late.did).length
    run.world.roots.forEach(({ key, did }, n) => {
      writeFileSync(join(run.root, `root-${n}.json`), JSON.stringify({ did, jwk: key.export({ format: "jwk" }) }))
    })
    const keys = ["--keys", "root-0.json,root-1.json", "--aud", run.world.trustDomain]
    const signed = await call("erase", late.did, "--data", "data", ...keys, "--sign-only")
    expect(signed).toMatchObject({ code: 0 })
    await run.again((log) => submitControl(log, signed.out.trim().split("\n")))
  }, STEP_MS)

  /** A copy of what was exported before the erasure. */
  const oldCopy = (): string => {
    const root = join(run.root, `copy-${copies++}`)
    cpSync(before, root, { recursive: true })
    return root
  }

  it("is taken out with the next call, rows and signed messages, and the log says why", async () => {
    const root = oldCopy()
    const old = await contentOf(root)
    expect(theirs.length).toBeGreaterThan(0)
    expect(old.signed).toContain(late.did)
    const done = await exportTo(root)
    expect(done).toMatchObject({ rewritten: 1, forgotten: messages })
    const now = await contentOf(root)
    expect(now.signed).not.toContain(late.did)
    expect(now.signed).toHaveLength(old.signed.length - messages)
    const others = old.rows.filter(({ device }) => device !== late.did)
    expect(now.rows.map(keyOfRow).toSorted()).toEqual(others.map(keyOfRow).toSorted())
    expect(await check(root)).toMatchObject({ found: 0, erased: messages, withheld: 0, kept: 0 })
    // Nothing of before is left beside: a reader of all files finds none of it.
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    for (const { name, parentPath } of files)
      expect(readFileSync(join(parentPath, name)).includes(late.did), name).toBe(false)
    expect(await exportTo(root)).toMatchObject({ ranges: 0, rewritten: 0, forgotten: 0 })
  })

  it("needs no leave from whoever checks the export", async () => {
    const root = oldCopy()
    await exportTo(root)
    const name = root.split("/").at(-1)!
    const said = await call("verify-export", name, "--key", "data/vkeys")
    expect(said).toMatchObject({ code: 0, out: expect.stringMatching(/^INTACT/) })
    expect(said.out).toContain(`${messages} messages of erased devices left out, as the log says`)
  })

  it("and is still there is named, where the export has the erasure and the exporter did not carry it out", async () => {
    const root = oldCopy()
    await exportTo(root, {
      keysOf: async (partition) => {
        const keys = await KeyStore.read(saltsPath(run.dir, partition))
        return { get: (device) => keys.get(device), isErased: () => false, close: () => keys.close() }
      },
    })
    expect(await check(root)).toMatchObject({ found: 0, erased: 0, withheld: 0, kept: messages })
    const said = await call("verify-export", root.split("/").at(-1)!, "--key", "data/vkeys")
    expect(said).toMatchObject({ code: 0, out: expect.stringContaining("overdue:") })
    // The next call that knows does it.
    expect(await exportTo(root)).toMatchObject({ ranges: 0, rewritten: 1, forgotten: messages })
    expect(await check(root)).toMatchObject({ found: 0, erased: messages, kept: 0 })
  })

  it.each(["before its new files are in place", "before the old ones are removed"])(
    "and a crash %s leaves nothing of it after the next call",
    async (when) => {
      const root = oldCopy()
      const done = oldCopy()
      await exportTo(done)
      const path = manifestsIn(done).find((one) => readManifest(one).generation === 1)!
      const { files, evidence } = readManifest(path)
      const staging = join(root, "_staging/p000")
      for (const { path: file } of [...files, evidence]) {
        const target = join(when.startsWith("before the old") ? root : staging, file)
        mkdirSync(dirname(target), { recursive: true })
        cpSync(join(done, file), target)
      }
      mkdirSync(staging, { recursive: true })
      const own = path.slice(done.length + 1)
      cpSync(path, join(staging, "manifest.json"))
      cpSync(join(root, own), join(staging, "replaced.json"))
      if (when.startsWith("before the old")) cpSync(path, join(root, own))
      await exportTo(root)
      expect(await contentOf(root)).toEqual(await contentOf(done))
      expect(await check(root)).toMatchObject({ found: 0, erased: messages, kept: 0 })
    },
  )

  it("and an erasure that was made up accounts for nothing", async () => {
    const root = oldCopy()
    await exportTo(root)
    const path = manifestsIn(root).find((one) => readManifest(one).erasures.length > 0)!
    const { evidence } = readManifest(path)
    const leaves = unpackEvidence(readFileSync(join(root, evidence.path)))
    const at = leaves.findLastIndex(({ kind }) => kind === "event")
    const opening = Buffer.from(leaves[at]!.opening)
    opening[opening.length - 1]! ^= 1
    writeFileSync(join(root, evidence.path), packEvidence(leaves.with(at, { ...leaves[at]!, opening })))
    rewrite(path, (manifest) => ({ ...manifest, evidence: described(root, evidence.path) }))
    const report = await check(root)
    expect(report.findings.map(({ kind }) => kind)).toContain("erasure-unproven")
    expect(report).toMatchObject({ erased: 0, withheld: messages })
  })

  it("and comes back has its new messages in a new export, and none of before", async () => {
    await sayAgain()
    const root = join(run.root, "came-back")
    mkdirSync(root)
    await exportTo(root)
    const { rows } = await contentOf(root)
    const old = new Set(theirs.map(keyOfRow))
    const again = rows.filter(({ device }) => device === late.did)
    expect(again.length).toBeGreaterThan(0)
    expect(again.filter((row) => old.has(keyOfRow(row)))).toEqual([])
    expect(await check(root)).toMatchObject({ found: 0, erased: messages, withheld: 0, kept: 0 })
  })
})
