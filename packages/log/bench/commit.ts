/**
 * What the log costs per message: batches of 512, each message an output (1.5 kB), an audit event (400 B) and a changelog
 * record (1.5 kB), committed durably with the position; beside it, reading the output back as the next stage does, and the
 * ingress append. CPU is of the whole process, all threads. Run: node packages/log/bench/commit.ts [batches] [dir]
 */
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openEmbedded } from "../src/embedded/open.ts"
import type { Log, NewRecord } from "../src/port.ts"

const BATCH = 512
const batches = Number(process.argv[2] ?? 400)
const dir = mkdtempSync(join(process.argv[3] ?? tmpdir(), "assay-bench-"))
const key = Buffer.from("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
const record = (size: number): NewRecord => ({ key, value: Buffer.alloc(size, 0xa5) })
const records = (size: number): ReadonlyArray<NewRecord> => Array.from({ length: BATCH }, () => record(size))
const [output, audit, changelog] = [records(1500), records(400), records(1500)]

const measure = async (name: string, run: (batch: number) => Promise<unknown>): Promise<void> => {
  const cpu = process.cpuUsage()
  const start = performance.now()
  for (let batch = 0; batch < batches; batch++) await run(batch)
  const wall = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  const messages = batches * BATCH
  const per = (us: number): string => (us / messages).toFixed(2).padStart(6)
  console.log(
    `${name.padEnd(34)} cpu ${per(user + system)} us/message (user ${per(user)}, sys ${per(system)})  wall ${per(wall * 1000)} us/message`,
  )
}

const commit = (log: Log, batch: number, truncate: boolean): Promise<unknown> =>
  log.commit(0, {
    group: "g",
    stream: "in",
    from: batch * BATCH,
    next: (batch + 1) * BATCH,
    outputs: [
      { stream: "out", records: output },
      { stream: "audit", records: audit },
      { stream: "state", records: changelog },
    ],
    ...(truncate ? { truncate: [{ stream: "state", before: Math.max(0, batch - 50) * BATCH }] } : {}),
  })

const readAll = (log: Log) => {
  let next = 0
  return async (): Promise<void> => {
    const read = await log.read({ stream: "out", partition: 0 }, next, BATCH, 8 << 20)
    if (read.length !== BATCH) throw new Error(`read ${read.length} of ${BATCH} at ${next}`)
    next = read.at(-1)!.offset + 1
  }
}

let log = await openEmbedded({ dir, partitions: 1 })
await measure("warm-up", (batch) => commit(log, batch, false))
await log.close()
rmSync(dir, { recursive: true })

log = await openEmbedded({ dir, partitions: 1 })
await measure("commit", (batch) => commit(log, batch, false))
await measure("read from LMDB", readAll(log))
await log.close()
rmSync(dir, { recursive: true })

log = await openEmbedded({ dir, partitions: 1 })
await measure("commit, changelog truncated", (batch) => commit(log, batch, true))
await log.close()
console.log(`  file ${(statSync(join(dir, "p000", "data.mdb")).size / 2 ** 20).toFixed(0)} MiB`)
rmSync(dir, { recursive: true })

log = await openEmbedded({ dir, partitions: 1 })
await log.read({ stream: "out", partition: 0 }, 0, 1, 1)
const tail = readAll(log)
await measure("commit, output read at the tail", async (batch) => {
  await commit(log, batch, false)
  await tail()
})
await measure("append of 512 x 1.5 kB", () => log.append({ stream: "in", partition: 0 }, output))
await measure("512 appends at once", () =>
  Promise.all(output.map((each) => log.append({ stream: "in", partition: 0 }, [each]))),
)
await log.close()
rmSync(dir, { recursive: true })
