/** A log in a directory of its own, and a handler that keeps what it was given. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Log, NewRecord } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { onTestFinished } from "vitest"
import type { Handler, Step } from "../src/handler.ts"

export const AT = { stream: "things.v1", partition: 0 }

/** @param partitions 1 where left out */
export const testLog = async (partitions = 1, clock?: () => number): Promise<Log> => {
  const dir = mkdtempSync(join(tmpdir(), "assay-consumer-"))
  const log = await openEmbedded({ dir, partitions, ...(clock === undefined ? {} : { clock }) })
  onTestFinished(async () => {
    await log.close()
    rmSync(dir, { recursive: true, force: true })
  })
  return log
}

export const recordsOf = (...texts: ReadonlyArray<string>): ReadonlyArray<NewRecord> =>
  texts.map((text) => ({ key: Buffer.alloc(0), value: Buffer.from(text) }))

/** Takes `batch` records a step, from its own position. `before` may fail or wait. */
export class Collector implements Handler {
  readonly seen: Array<string> = []
  next = 0
  steps = 0
  private readonly log: Log
  private readonly at: { readonly stream: string; readonly partition: number }
  private readonly batch: number
  private readonly before: (step: number) => unknown

  constructor(log: Log, batch: number, before: (step: number) => unknown = () => undefined, at = AT) {
    this.log = log
    this.batch = batch
    this.before = before
    this.at = at
  }

  async step(): Promise<Step> {
    this.steps += 1
    await this.before(this.steps)
    const records = await this.log.read(this.at, this.next, this.batch, 1 << 20)
    for (const { value } of records) this.seen.push(Buffer.from(value).toString())
    this.next = (records.at(-1)?.offset ?? this.next - 1) + 1
    return { handled: records.length, atEnd: records.length < this.batch }
  }
}
