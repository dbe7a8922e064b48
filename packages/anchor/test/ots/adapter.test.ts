import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { verifyOtsEvidence } from "../../src/ots/evidence.ts"
import { OtsAnchor, otsEvidence } from "../../src/ots/index.ts"
import { attestationsOf, parseFile } from "../../src/ots/timestamp.ts"
import { openLog, SIGNER, scratch } from "../plant.ts"
import { startCalendar } from "./calendar.ts"

const plant = async () => {
  const [one, two] = [await startCalendar(), await startCalendar()]
  const log = await openLog()
  const clock = { ms: 1_790_000_000_000 }
  const directory = scratch()
  const calendars = [one.url, two.url]
  const open = (): Promise<OtsAnchor> =>
    OtsAnchor.open({ calendars, directory, intervalMs: 3_600_000, askMs: 600_000, now: () => clock.ms })
  const grow = () => log.append([Buffer.from(`checkpoint ${log.head?.size ?? 0}`)], SIGNER)
  const evidence = (size: number) => ({
    kind: "opentimestamps" as const,
    note: readFileSync(join(directory, `${size}.checkpoint`), "utf8"),
    ots: readFileSync(join(directory, `${size}.checkpoint.ots`)).toString("base64"),
  })
  return { one, two, log, clock, directory, open, grow, evidence }
}

test("a head is handed to all calendars, waits for a block over restarts, and is evidence then", async () => {
  const { one, two, log, clock, open, grow, evidence, directory } = await plant()
  const first = await open()
  expect(await first.advance(log.head)).toMatchObject({ confirmed: 0, pending: null })
  await grow()
  expect(await first.advance(log.head)).toMatchObject({ confirmed: 0, pending: { size: 1 }, problem: null })
  expect([one.digests.length, two.digests.length]).toEqual([1, 1])
  expect(() => verifyOtsEvidence(evidence(1))).toThrow(/no block of Bitcoin yet/)
  expect(await otsEvidence(directory).read(1)).toBeNull()
  // Not again before its time, and not the same head.
  await first.advance(log.head)
  expect([one.digests.length, one.asked.length]).toEqual([1, 1])

  const again = await open()
  // Since when it waits, the file of the head says, also after a restart.
  const { pending } = await again.advance(log.head)
  expect(Math.abs(Date.now() - pending!.since)).toBeLessThan(60_000)
  const root = one.mine(800_000)
  clock.ms += 600_000
  expect(await again.advance(log.head)).toMatchObject({ confirmed: 1, pending: null, problem: null })
  expect(verifyOtsEvidence(evidence(1))).toEqual([{ height: 800_000, merkleRoot: Buffer.from(root) }])
  expect(otsEvidence(directory).sizes()).toEqual([1])
  expect(await otsEvidence(directory).read(1)).toEqual(evidence(1))
  expect(() => verifyOtsEvidence({ ...evidence(1), note: "another\n" })).toThrow(/another checkpoint/)
  expect(await (await open()).advance(log.head)).toMatchObject({ confirmed: 1, pending: null })

  await grow()
  await grow()
  clock.ms += 3_600_000
  await again.advance(log.head)
  expect(one.digests.length).toBe(2)
  clock.ms += 600_000
  expect(await again.advance(log.head)).toMatchObject({ confirmed: 3 })
})

test("a calendar that is away or answers something else is a problem; one that takes the head is enough", async () => {
  const { one, two, log, clock, directory, open, grow } = await plant()
  const anchor = await open()
  await grow()
  one.mode = "error"
  two.mode = "garbage"
  const none = await anchor.advance(log.head)
  expect([none.pending, existsSync(join(directory, "1.checkpoint.ots"))]).toEqual([null, false])
  expect(none.problem?.text).toMatch(/it answers 503; .*\/digest: the timestamp holds the unknown operation 3c/)
  one.mode = "good"
  expect((await anchor.advance(log.head)).pending).toMatchObject({ size: 1 })
  const stamp = parseFile(readFileSync(join(directory, "1.checkpoint.ots")))
  expect(attestationsOf(stamp).map(({ attestation }) => attestation)).toEqual([{ kind: "pending", uri: one.url }])
  one.mode = "error"
  clock.ms += 600_000
  expect((await anchor.advance(log.head)).problem?.text).toMatch(/timestamp\/[0-9a-f]{64}: it answers 503/)
  one.mode = "good"
  one.mine(800_001)
  clock.ms += 600_000
  expect(await anchor.advance(log.head)).toMatchObject({ confirmed: 1, pending: null, problem: null })
})

test("only calendars that are configured are asked, whatever a file or an answer names", async () => {
  const { one, two, log, open, grow, directory, clock } = await plant()
  await grow()
  await (await open()).advance(log.head)
  const alone = await OtsAnchor.open({
    calendars: [one.url],
    directory,
    intervalMs: 3_600_000,
    askMs: 600_000,
    now: () => clock.ms,
  })
  await alone.advance(log.head)
  expect([one.asked.length, two.asked.length]).toEqual([1, 0])
})
