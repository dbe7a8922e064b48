import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startSealers } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { auditEvent } from "@assay/testkit/audit-event"
import { logDirectory, readPublished, writeDurable } from "@assay/transparency/storage"
import { beforeEach, expect, it, onTestFinished } from "vitest"
import { faultFindings, sealFinding } from "../../src/doctor/record.ts"
import { sealedDirectoryFinding } from "../../src/doctor/sealed-directory.ts"

let dir: string
let log: Log

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-doctor-"))
  log = await openEmbedded({ dir, partitions: 1 })
  onTestFinished(async () => {
    await log.close()
    rmSync(dir, { recursive: true })
  })
})

const append = (stream: string, value: Uint8Array) =>
  log.append({ stream, partition: 0 }, [{ key: Buffer.alloc(0), value }])
const audit = (offset: number) => append(STREAMS.audit, encodeAudit(auditEvent(offset)))

/** Seals what is there, as a node does. */
const seal = async (): Promise<void> => {
  const sealers = await startSealers(log, dir, (cause) => {
    throw cause
  })
  await sealers.settled()
  await sealers.stop()
}

it("events that nobody seals are a fault where a node should, and a warning where none runs", async () => {
  const now = Date.now()
  expect((await sealFinding(log, true, now)).state).toBe("ok")
  await audit(0)
  expect((await sealFinding(log, true, Date.now() + 1_000)).state).toBe("ok")
  const later = Date.now() + 60_000
  expect(await sealFinding(log, true, later)).toMatchObject({
    state: "fail",
    found: expect.stringContaining("nothing was ever sealed"),
  })
  expect((await sealFinding(log, false, later)).state).toBe("warn")
})

it("a log directory that was rolled back to an older checkpoint, or emptied, is no sealed log", async () => {
  expect((await sealedDirectoryFinding(log, dir, 0)).state).toBe("ok")
  await audit(0)
  await seal()
  const path = join(logDirectory(dir, 0), "checkpoint")
  const older = (await readPublished(logDirectory(dir, 0)))!
  await audit(1)
  await seal()
  expect((await sealedDirectoryFinding(log, dir, 0)).state).toBe("ok")
  await writeDurable(path, Buffer.from(older))
  // Events and positions say that all is sealed, and it is not what was.
  expect((await sealFinding(log, true, Date.now())).state).toBe("ok")
  expect(await sealedDirectoryFinding(log, dir, 0)).toMatchObject({
    state: "fail",
    found: expect.stringMatching(/has a checkpoint of 1 leaves for partition 0, and the sealer's last one has 2/),
  })
  rmSync(path)
  expect((await sealedDirectoryFinding(log, dir, 0)).found).toContain("has no checkpoint")
})

it("entries that Assay failed at, and records that are none of ours", async () => {
  expect(await faultFindings(log)).toEqual([])
  await append(STREAMS.undecided, Buffer.from("x"))
  await append(STREAMS.deadletter, Buffer.from("x"))
  const withHeaders: Log = { ...log, traits: { ...log.traits, headers: true } }
  expect(await faultFindings(withHeaders)).toMatchObject([
    { check: "undecided", state: "fail" },
    { check: "dead letters", state: "warn" },
  ])
})
