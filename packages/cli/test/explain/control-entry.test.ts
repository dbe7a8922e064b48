/** A command that was refused names nobody in the audit record: what it says of itself stands where it was submitted. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { submitControl } from "@assay/engine"
import { World } from "@assay/fleet"
import { openEmbedded } from "@assay/log/embedded"
import { encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { auditEvent } from "@assay/testkit/audit-event"
import { expect, it } from "vitest"
import { controlEntry } from "../../src/explain/control-entry.ts"

const TARGET = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"

it("shows verb, target and claimed signers of a command, and what came of it", async () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-control-"))
  const log = await openEmbedded({ dir, partitions: 1 })
  const world = new World({ seed: "control", now: 1_760_000_000 })
  const signers = world.operators.slice(0, 2)
  const text = { verb: "quarantine", target: TARGET, seq: 1, reason: "a test" } as const
  await submitControl(
    log,
    signers.map((signer) => Buffer.from(world.command(signer, text).bytes).toString("latin1")),
  )
  await submitControl(log, ["no token"])
  const at = { stream: STREAMS.submitted, partition: 0 }
  const [record, junk] = await log.read(at, 0, 2, 1 << 20)
  const origin = { epoch: log.epoch, partition: 0, offset: 0 }
  const said = `by its own words the command quarantine of ${TARGET}, signed by ${signers[0]!.did} and ${signers[1]!.did}: a test`
  expect(await controlEntry(log, origin, record!)).toBe(`is no message: it is ${said}. It is not judged yet`)
  expect(await controlEntry(log, { ...origin, offset: 1 }, junk!)).toContain("a command that nobody can read")

  const refused = {
    ...auditEvent(0),
    ...({ kind: "control", origin, count: 0, reasons: ["control.not_operator"], from: null, to: null } as const),
  }
  await log.append({ stream: STREAMS.audit, partition: 0 }, [{ key: Buffer.alloc(0), value: encodeAudit(refused) }])
  expect(await controlEntry(log, origin, record!)).toMatch(/It was refused: control\.not_operator \(.*not an operator/)
  await log.close()
  rmSync(dir, { recursive: true })
})
