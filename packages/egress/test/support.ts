/** A log in a directory of its own, and decisions to put on it. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { encodeAssayed, encodeRejected, type RejectedRecord } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { message } from "@assay/testkit/samples"
import type { AssayedMessage, Outcome } from "@assay/trust"
import { onTestFinished } from "vitest"

export const testDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), "assay-egress-"))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export const testLog = async (dir: string, partitions = 1, clock?: () => number): Promise<Log> => {
  const log = await openEmbedded({ dir: join(dir, "data"), partitions, ...(clock === undefined ? {} : { clock }) })
  onTestFinished(() => log.close())
  return log
}

export const decided = (partition: number, offset: number, outcome: Outcome): AssayedMessage => ({
  ...message,
  origin: { epoch: 1, partition, offset },
  decision: { ...message.decision!, outcome },
})

export const rejected = (partition: number, offset: number, detail: string | null = null): RejectedRecord => ({
  origin: { epoch: 1, partition, offset },
  time: 1_760_000_000_123,
  key: Buffer.from("did:key:claimed"),
  value: Buffer.from("junk"),
  size: 4,
  hash: null,
  reasons: ["identity.malformed_record"],
  detail,
  stage: "identity",
  principal: null,
  signed: false,
  batch: { epoch: 1, partition, offset },
})

export const write = async (log: Log, ...messages: ReadonlyArray<AssayedMessage | RejectedRecord>): Promise<void> => {
  for (const one of messages) {
    const [stream, value] =
      "decision" in one ? [STREAMS[one.decision!.outcome], encodeAssayed(one)] : [STREAMS.rejected, encodeRejected(one)]
    await log.append({ stream, partition: one.origin.partition }, [{ key: Buffer.alloc(0), value }])
  }
}
