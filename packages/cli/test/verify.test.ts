/** What verify compares on a log that processes share, where the sealer's position is its group's. */
import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { startSealers, vkeyPath } from "@assay/integrity-hasher/sealer"
import { ForbiddenError, type Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { auditEvent } from "@assay/testkit/audit-event"
import { logDirectory } from "@assay/transparency/storage"
import type { LogKey } from "@assay/trust"
import { beforeEach, describe, expect, it, onTestFinished } from "vitest"
import { type LogReport, verifyLog } from "../src/verify.ts"

const AUDIT = { stream: STREAMS.audit, partition: 0 }

let log: Log
let dir: string

beforeEach(async () => {
  const root = mkdtempSync(join(tmpdir(), "assay-verify-"))
  const embedded = await openEmbedded({ dir: join(root, "log"), partitions: 1 })
  log = { ...embedded, traits: { ...embedded.traits, shared: true } }
  dir = join(root, "seal")
  onTestFinished(async () => {
    await embedded.close()
    rmSync(root, { recursive: true })
  })
  const sealers = await startSealers(log, dir, (cause) => {
    throw cause
  })
  for (const offset of [0, 5, 9]) {
    const records = Array.from({ length: 3 }, (_, n) => auditEvent(offset + n))
    await log.append(
      AUDIT,
      records.map((event) => ({ key: Buffer.from(event.device!), value: encodeAudit(event) })),
    )
    await sealers.settled()
  }
  await sealers.stop()
})

const verify = (of: Log): Promise<LogReport> =>
  verifyLog(of, dir, { partition: 0, directory: logDirectory(dir, 0), keys: readFileSync(vkeyPath(dir, 0), "utf8") })

/** As the log reads where the last heads of audit.checkpoints are gone. */
const withoutLast = (count: number): Log => ({
  ...log,
  bounds: async (at) => {
    const { start, end } = await log.bounds(at)
    return { start, end: at.stream === STREAMS.checkpoints ? end - count : end }
  },
  read: async (at, from, records, bytes) => {
    const found = await log.read(at, from, records, bytes)
    if (at.stream !== STREAMS.checkpoints) return found
    const { end } = await log.bounds(at)
    return found.filter(({ offset }) => offset < end - count)
  },
})

describe("a log whose key was replaced", () => {
  it("is intact for who knows the old key alone, where the bundle names both; a retired key publishes nothing", async () => {
    const { privateKey } = generateKeyPairSync("ed25519")
    const next = join(dir, "..", "next.pem")
    writeFileSync(next, privateKey.export({ format: "pem", type: "pkcs8" }))
    const old = join(dir, "log-key.pem")
    const known = readFileSync(vkeyPath(dir, 0), "utf8")
    const didOf = (path: string): string => encodeDidKey(publicKeyOf(createPrivateKey(readFileSync(path))))
    const both = [old, next].map((path) => ({ did: didOf(path), retired: false }))
    const seal = async (keys: ReadonlyArray<string>): Promise<void> => {
      const sealers = await startSealers(
        log,
        dir,
        (cause) => {
          throw cause
        },
        null,
        keys,
      )
      const event = auditEvent((await log.bounds(AUDIT)).end)
      await log.append(AUDIT, [{ key: Buffer.from(event.device!), value: encodeAudit(event) }])
      await sealers.settled()
      await sealers.stop()
    }
    const under = (logKeys: ReadonlyArray<LogKey> | null): Promise<LogReport> =>
      verifyLog(log, dir, { partition: 0, directory: logDirectory(dir, 0), keys: known, logKeys })
    const retiring = [{ ...both[0]!, retired: true }, both[1]!]

    expect(await under(retiring)).toMatchObject({ intact: false, findings: [{ kind: "checkpoint" }] })
    await seal([next, old])
    for (const logKeys of [null, both, retiring]) expect(await under(logKeys)).toMatchObject({ intact: true, size: 10 })
    await seal([next])
    for (const logKeys of [both, retiring]) expect(await under(logKeys)).toMatchObject({ intact: true, size: 11 })
    expect(await under(null)).toMatchObject({ intact: false })
  })
})

describe("on a shared log", () => {
  it("a stream of checkpoints that lacks its last head, or all, is a finding that says so", async () => {
    expect(await verify(log)).toMatchObject({ intact: true, lastHeadUnknown: false, size: 9 })
    for (const gone of [1, 2, 3])
      expect(await verify(withoutLast(gone)), `${gone}`).toMatchObject({
        intact: false,
        findings: [{ kind: "history", text: "audit.checkpoints lacks the head that was signed at 9 leaves" }],
      })
  })

  it("where the position is not for this principal, the report says that the last head was not looked for", async () => {
    const forbidden: Log = {
      ...withoutLast(1),
      position: async () => {
        throw new ForbiddenError("may not see the group")
      },
    }
    expect(await verify(forbidden)).toMatchObject({ intact: true, lastHeadUnknown: true })
  })
})
