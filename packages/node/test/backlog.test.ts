/** How much is still to be judged: what comes to be between two questions is asked for too. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { SERVICE_NAMES } from "@assay/trust"
import { afterEach, beforeEach, expect, it } from "vitest"
import { openWork } from "../src/backlog.ts"

const record = { key: Buffer.from("did:key:zA"), value: Buffer.from("any") }
const [FIRST, SECOND] = [SERVICE_NAMES.identity, SERVICE_NAMES.credential]
let dir = ""
let log: Log

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-backlog-"))
  log = await openEmbedded({ dir, partitions: 1 })
})
afterEach(async () => {
  await log.close()
  rmSync(dir, { recursive: true })
})

/** The log, with something that happens while it is asked for the position of a group, once. */
const meanwhile = (group: string, happens: () => Promise<unknown>): Log => {
  let isOver = false
  return {
    ...log,
    partitions: log.partitions,
    bounds: (at) => log.bounds(at),
    read: (...given) => log.read(...given),
    position: async (asked, at) => {
      if (asked === group && !isOver) {
        isOver = true
        await happens()
      }
      return log.position(asked, at)
    },
  }
}
/** The group has judged the one record of its stream, and leaves an admission. */
const judged = async (group: string, stream: string): Promise<void> => {
  const at = { stream, partition: 0 }
  await log.append(at, [record])
  await log.take(group, at)
  const admission = { stream: STREAMS.submitted, records: [record] }
  await log.commit(0, { group, stream, from: 0, next: 1, outputs: [admission] })
}

it("finds an admission that a later stage leaves after the first one was asked", async () => {
  expect(await openWork(log, "staged")).toBe(0)
  const seen = meanwhile(SECOND, () => judged(SECOND, STAGE_STREAMS.credential.input))
  expect(await openWork(seen, "staged")).toBe(1)
  expect((await log.bounds({ stream: STREAMS.submitted, partition: 0 })).end).toBe(1)
})

it("finds one that is left between the question for the end and that for the position", async () => {
  expect(
    await openWork(
      meanwhile("chained", () => judged("chained", STREAMS.submitted)),
      "chained",
    ),
  ).toBe(1)
})

it("counts what each stage has still to judge", async () => {
  await log.append({ stream: STREAMS.submitted, partition: 0 }, [record, record])
  await log.append({ stream: STAGE_STREAMS.credential.input, partition: 0 }, [record])
  expect(await openWork(log, "staged")).toBe(3)
  await log.take(FIRST, { stream: STREAMS.submitted, partition: 0 })
  await log.commit(0, { group: FIRST, stream: STREAMS.submitted, from: 0, next: 2, outputs: [] })
  expect(await openWork(log, "staged")).toBe(1)
})
