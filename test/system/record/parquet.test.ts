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
  packEvidence,
  parquetOf,
  rowsOfParquet,
  unpackEvidence,
  verifyExport,
} from "@assay/egress/parquet"
import { encodeSubmitted } from "@assay/engine"
import { saltsPath } from "@assay/integrity-hasher/sealer"
import { openEmbedded } from "@assay/log/embedded"
import { decodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { encodeVkey, keySigner, verifierKey } from "@assay/transparency"
import { KeyStore, logDirectory } from "@assay/transparency/storage"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type SealedRun, sealedRun } from "./sealed-run.ts"

const STEP_MS = 120_000
type Row = Awaited<ReturnType<typeof rowsOfParquet>>[number]

let run: SealedRun
/** As the exporter left it, after two calls. */
let original: string
let checkpoint: string

const exportTo = async (root: string) => {
  const log = await openEmbedded({ dir: run.dir, readOnly: true })
  try {
    return await exportParquet({
      log,
      root,
      dataDir: run.dir,
      outcomes: ["verified", "annotated"],
      sinceMs: null,
      keysOf: (partition) => KeyStore.read(saltsPath(run.dir, partition)),
    })
  } finally {
    await log.close()
  }
}

beforeAll(async () => {
  run = await sealedRun("parquet")
  original = join(run.root, "export")
  mkdirSync(original)
  await exportTo(original)
  await run.again(async (log) => {
    const device = run.world.device("late")
    const records = [device.presentation(), ...Array.from({ length: 10 }, () => device.message())].map(({ bytes }) =>
      encodeSubmitted(Buffer.from(device.did), {
        bytes,
        mediaType: "application/jose",
        binding: "test",
        originator: null,
        principal: null,
      }),
    )
    await log.append({ stream: STREAMS.submitted, partition: 0 }, records)
  })
  checkpoint = readFileSync(join(logDirectory(run.dir, 0), "checkpoint"), "utf8")
  await exportTo(original)
}, STEP_MS)
afterAll(() => run?.remove())

/** A copy of the export to do something to. */
let copies = 0
const copyOf = (): string => {
  const root = join(run.root, `copy-${copies++}`)
  cpSync(original, root, { recursive: true })
  return root
}

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
    const options = { log, root: original, dataDir: run.dir, sinceMs: null, keysOf: () => Promise.reject(new Error()) }
    await expect(exportParquet({ ...options, outcomes: ["verified"] })).rejects.toThrow(
      "is an export of annotated and verified",
    )
    await log.close()
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
