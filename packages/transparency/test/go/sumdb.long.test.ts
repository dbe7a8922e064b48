/** The stock client of Go's checksum database verifies a directory of ours: the format is the ecosystem's, not our idea of it. */
import { execFileSync, spawnSync } from "node:child_process"
import { createHash, createPrivateKey } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { signCheckpoint } from "../../src/checkpoint.ts"
import { keySigner } from "../../src/note/signer.ts"
import { encodeVkey, verifierKey } from "../../src/note/vkey.ts"
import { writeAllDurable, writeDurable } from "../../src/storage/files.ts"
import { MemoryLog, numbered } from "../memory.ts"

const ORIGIN = "plant.example/audit/audit.events.v1/0/1"
const here = import.meta.dirname

/** Null where Go can be used; else why not. */
const missing = ((): string | null => {
  if (spawnSync("go", ["version"]).error !== undefined) return "go is not installed"
  const module = spawnSync("go", ["mod", "download"], { cwd: here, timeout: 60_000 })
  return module.status === 0 ? null : "golang.org/x/mod cannot be downloaded"
})()
if (missing !== null) console.warn(`SKIPPED: the log was NOT checked with Go's sumdb client, because ${missing}`)

describe.skipIf(missing !== null)("a stock golang.org/x/mod/sumdb client", () => {
  const work = mkdtempSync(join(tmpdir(), "sumdb-"))
  const binary = join(work, "check")
  const seed = createHash("sha256").update("a key for this test").digest()
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed])
  const signer = keySigner(createPrivateKey({ key: der, format: "der", type: "pkcs8" }))
  const vkey = encodeVkey(verifierKey(ORIGIN, signer.publicKey))

  beforeAll(() => execFileSync("go", ["build", "-o", binary, "."], { cwd: here }))
  afterAll(() => rmSync(work, { recursive: true, force: true }))

  const publish = async (name: string, log: MemoryLog): Promise<string> => {
    const directory = join(work, name)
    await writeAllDurable(
      directory,
      [...log.files].map(([path, bytes]) => ({ path, bytes })),
    )
    const { size } = log.builder.frontier
    const note = await signCheckpoint({ origin: ORIGIN, size, root: log.builder.frontier.root() }, signer)
    await writeDurable(join(directory, "checkpoint"), Buffer.from(note))
    return directory
  }
  const check = (directory: string, key = vkey, earlier = 1): string => {
    const { stdout, stderr } = spawnSync(binary, [directory, key, String(earlier)], { encoding: "utf8" })
    return stdout + stderr
  }

  test.each([1, 2, 255, 256, 257, 512, 700, 65_537])("verifies a tree of %i leaves", async (size) => {
    const log = new MemoryLog()
    log.append(numbered(size))
    const directory = await publish(`of-${size}`, log)
    expect(check(directory, vkey, Math.ceil(size / 2))).toBe(`ok ${size}\n`)
  })

  test("finds a changed entry, a changed tile, a foreign key", async () => {
    // Small enough for the client to look at every leaf.
    const log = new MemoryLog()
    log.append(numbered(700))
    const directory = await publish("changed", log)
    const entry = Buffer.from(log.files.get("tile/entries/001")!)
    entry[20]! ^= 1
    writeFileSync(join(directory, "tile/entries/001"), entry)
    expect(check(directory)).toContain("leaf 257")
    writeFileSync(join(directory, "tile/entries/001"), log.files.get("tile/entries/001")!)
    const tile = Buffer.from(log.files.get("tile/0/001")!)
    tile[20]! ^= 1
    writeFileSync(join(directory, "tile/0/001"), tile)
    expect(check(directory)).not.toContain("ok")
    expect(check(await publish("again", log), encodeVkey(verifierKey(ORIGIN, new Uint8Array(32).fill(3))))).toContain(
      "no verifiable",
    )
  })
})
