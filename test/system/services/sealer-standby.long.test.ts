/**
 * Two processes with one directory: one seals, the other stands by. The one that seals is killed, and stopped and woken up,
 * again and again while events come; each is sealed once, and nobody can tell from the log that anything happened. They seal in
 * their main thread and in one of its own, in turns.
 */
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Log } from "@assay/log"
import { decodeCheckpoint, encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { auditEvent } from "@assay/testkit/audit-event"
import { assay } from "@assay/testkit/cli"
import { describeKafka } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { until } from "../kafka/attacked-deployment.ts"
import type { ServiceProcess } from "./process.ts"
import { type ServicesOnKafka, servicesOnKafka } from "./services-on-kafka.ts"

const LEASE_MS = 3_000
/** What a takeover may take beside the lease, on a machine that does other things too. */
const SLACK_MS = 20_000
const STEP_MS = 600_000

describeKafka("a sealer with a standby", () => {
  let services: ServicesOnKafka
  let log: Log
  let environment: Readonly<Record<string, string>>
  const cwd = mkdtempSync(join(tmpdir(), "assay-standby-"))
  let started = 0
  const start = (): ServiceProcess =>
    services.start("integrity-hasher", { ...environment, ASSAY_WORKERS: String(started++ % 2) })

  beforeAll(async () => {
    services = await servicesOnKafka(cwd, 2)
    log = services.log
    environment = {
      ...services.environment,
      ASSAY_DATA: join(cwd, "seal"),
      ASSAY_SEAL_LEASE_MS: String(LEASE_MS),
    }
  }, STEP_MS)

  afterAll(() => services.close(), STEP_MS)

  let written = 0
  const write = async (partition: number): Promise<void> => {
    const n = written++
    const device = `did:key:zStandby${n % 50}${n % 3 === 0 ? `at${n}` : ""}`
    const value = encodeAudit({
      ...auditEvent(n),
      origin: { epoch: log.epoch, partition, offset: n },
      time: log.genesis + n,
      device,
      detail: `event ${n}`,
    })
    await log.append({ stream: STREAMS.audit, partition }, [{ key: Buffer.from(device), value }])
  }
  /** Events come all the time. */
  const writing = (): (() => Promise<void>) => {
    let isOver = false
    const done = (async () => {
      while (!isOver) {
        await write(written % log.partitions)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })()
    return async () => {
      isOver = true
      await done
    }
  }

  const saidLast = (process: ServiceProcess): string =>
    process.lines.filter(({ code }) => code === "seal.lease").at(-1)?.message ?? ""
  const seals = (process: ServiceProcess): boolean => saidLast(process).startsWith("this process seals the log")
  const standsBy = (process: ServiceProcess): boolean => saidLast(process).includes("stands by")
  const sealed = async (): Promise<number> => {
    const at = Array.from({ length: log.partitions }, (_, partition) => ({ stream: STREAMS.audit, partition }))
    const positions = await Promise.all(at.map((each) => log.position("integrity-sealer", each)))
    return positions.reduce((a, b) => a + b, 0)
  }
  /** @returns milliseconds until what came meanwhile is sealed by another process */
  const follows = async (next: ServiceProcess): Promise<number> => {
    const begun = performance.now()
    const before = await sealed()
    await until(() => seals(next), `the standby seals: ${next.err.slice(-500)}`, LEASE_MS + SLACK_MS)
    await until(async () => (await sealed()) > before, "what came meanwhile is sealed", SLACK_MS)
    return performance.now() - begun
  }

  it("is followed within seconds after kill -9 and while it is stopped, and never seals beside another", {
    timeout: STEP_MS,
  }, async () => {
    let active = start()
    await active.listening()
    await until(() => seals(active), "the first one seals", 60_000)
    let standby = start()
    await standby.listening()
    await until(() => standsBy(standby), "the second one stands by", 60_000)
    const stopWriting = writing()
    await until(async () => (await sealed()) > 100, "sealed", 60_000)
    const took: Array<number> = []

    for (let round = 0; round < 2; round++) {
      await active.stop("SIGKILL")
      took.push(await follows(standby))
      active = standby
      standby = start()
      await standby.listening()
      await until(() => standsBy(standby), "the one that was killed stands by", 60_000)

      active.signal("SIGSTOP")
      took.push(await follows(standby))
      // It wakes up in the midst of whatever it did, with another at work.
      active.signal("SIGCONT")
      await until(() => standsBy(active), `the one that was stopped stands by: ${active.err.slice(-500)}`, 60_000)
      ;[active, standby] = [standby, active]
      const before = await sealed()
      await until(async () => (await sealed()) > before, "sealing goes on", 60_000)
      expect(seals(active)).toBe(true)
    }

    // A stop gives the lease back: nobody waits for its end.
    const ended = await active.stop()
    expect(ended, active.err.slice(-1_000)).toBe(0)
    const begun = performance.now()
    await until(() => seals(standby), "it is followed at once", LEASE_MS + SLACK_MS)
    process.stderr.write(
      `takeovers after ${took.map((ms) => Math.round(ms)).join(", ")} ms with a lease of ${LEASE_MS} ms; after the end of one that was stopped ${Math.round(performance.now() - begun)} ms\n`,
    )
    await stopWriting()
    const ends = await Promise.all(
      Array.from({ length: log.partitions }, (_, partition) => log.bounds({ stream: STREAMS.audit, partition })),
    )
    const end = ends.reduce((sum, bounds) => sum + bounds.end, 0)
    await until(async () => (await sealed()) === end, "all is sealed", 60_000)
    expect(await standby.stop()).toBe(0)

    // One history: each head once, each of more leaves than the one before, every leaf the event that was written.
    for (let partition = 0; partition < log.partitions; partition++) {
      const at = { stream: STREAMS.checkpoints, partition }
      const sizes: Array<number> = []
      for (let from = (await log.bounds(at)).start; ; ) {
        const records = await log.read(at, from, 1_000, 16 << 20)
        if (records.length === 0) break
        sizes.push(...records.map(({ value }) => decodeCheckpoint(value).size))
        from = records.at(-1)!.offset + 1
      }
      expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b))
    }
    const { code, out, err } = await assay(["verify", "seal", "--key", join(cwd, "seal", "vkeys"), "--json"], {
      cwd,
      env: environment,
    })
    expect(code, `${out}\n${err}`).toBe(0)
    const report = JSON.parse(out) as { readonly reports: ReadonlyArray<{ readonly size: number }> }
    expect(report.reports.reduce((sum, { size }) => sum + size, 0)).toBe(written)
  })
})
