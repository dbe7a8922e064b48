/** Brokers that go and come back, at any moment, under a log that copies one stream to another. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Cluster, freePorts, startCluster } from "@assay/infra/kafka"
import { FencedError, type Log, TakenOverError, UnavailableError } from "@assay/log"
import { keysOf, numbered, readAll } from "@assay/log/contract"
import { createTestLog, describeBroker, type TestLog } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"

const input = { stream: "in", partition: 0 }
const output = { stream: "out", partition: 0 }
const TOTAL = 3_000
const STEP = 20

/** Copies until `in` is copied whole; whatever fails, it takes the partition again and goes on from its position. */
const copy = async (log: Log, failures: Array<string>): Promise<void> => {
  for (let next = await log.take("g", input); ; ) {
    try {
      const records = await log.read(input, next, STEP, 1 << 20)
      if (records.length === 0) {
        if (next >= TOTAL) return
        continue
      }
      const end = records.at(-1)!.offset + 1
      const outputs = [{ stream: "out", records: records.map(({ key, value }) => ({ key, value })) }]
      await log.commit(0, { group: "g", stream: "in", from: next, next: end, outputs })
      next = end
    } catch (cause) {
      if (!(cause instanceof UnavailableError || cause instanceof TakenOverError || cause instanceof FencedError))
        throw cause
      failures.push(cause.name)
      next = await again(() => log.take("g", input))
    }
  }
}

const again = async <T>(work: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await work()
    } catch (cause) {
      if (!(cause instanceof UnavailableError)) throw cause
    }
  }
}

describeBroker("a broker that dies and comes back", () => {
  let dir: string
  let cluster: Cluster
  let under: TestLog
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "assay-restart-"))
    cluster = await startCluster({ dataDir: dir, basePort: await freePorts(8), heap: "256m" })
    under = await createTestLog(cluster.brokers, ["in", "out"])
  })
  afterAll(async () => {
    await under.destroy()
    await cluster.stop()
    await rm(dir, { recursive: true, force: true })
  })

  it("costs time and nothing else", { timeout: 180_000 }, async () => {
    const log = await under.open({ settings: { retryMs: 3_000 } })
    for (let from = 0; from < TOTAL; from += 500) await log.append(input, numbered(from, 500))
    const failures: Array<string> = []
    let done = false
    const copying = copy(log, failures).finally(() => {
      done = true
    })
    const [node] = cluster.nodes
    for (let round = 0; round < 2 && !done; round++) {
      const seen = (await again(() => log.bounds(output))).end
      // Not before the copying got on: a broker that never serves would test nothing.
      while (!done && (await again(() => log.bounds(output))).end < seen + 3 * STEP);
      if (round % 2 === 0) await node!.kill("SIGKILL")
      else await node!.stop()
      await node!.start()
    }
    await copying
    const fresh = await under.open()
    expect(keysOf(await readAll(fresh, output))).toEqual(keysOf(await readAll(fresh, input)))
    expect(await fresh.position("g", input)).toBe(TOTAL)
  })
})
