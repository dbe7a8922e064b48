/** A node of two threads on a real broker, whose threads meet faults at requests of their transactions (`wire-faults.ts`). */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES, stagesOver } from "@assay/cli/services"
import { replay, type Topology } from "@assay/engine"
import type { Device } from "@assay/fleet"
import { VerifyPool } from "@assay/jose/verify-pool"
import { membersOf } from "@assay/kafka-client"
import { ALL_STREAMS, STREAMS } from "@assay/streams"
import { expect } from "vitest"
import { faulty, idsOf } from "../deployment/wire-faults.ts"
import { Attacked, until } from "./attacked-deployment.ts"

export const PARTITIONS: ReadonlyArray<number> = [0, 1]
/** In each partition. */
export const DEVICES = 3
export const WAIT_MS = 60_000
/** Long enough for the other thread to judge what it is given meanwhile. */
export const STALL_MS = 6_000

/** What stood at the moment at which a thread was found to have ended. */
interface Ended {
  readonly cause: string
  readonly notReady: string | null
  readonly shares: unknown
  /** By partition; asked at once: the thread that replaces it takes longer to start than the answers. */
  readonly transactions: Promise<ReadonlyArray<string | null>>
  readonly readyz: Promise<number>
}

export class FailingThreads {
  readonly deployment: Attacked
  /** What the node has said since its last start. */
  readonly ended: Array<Ended> = []
  readonly stalled: Array<string> = []
  readonly alarms: Array<string> = []
  readonly #topology: Topology
  readonly #faults: string
  readonly #devices: ReadonlyArray<ReadonlyArray<Device>>
  #said = 0

  private constructor(topology: Topology, faults: string, deployment: Attacked) {
    this.#topology = topology
    this.#faults = faults
    this.deployment = deployment
    const all = Array.from({ length: 40 }, (_, n) => deployment.world.device(`device ${n}`))
    this.#devices = PARTITIONS.map((partition) =>
      all.filter((device) => deployment.home(device) === partition).slice(0, DEVICES),
    )
  }

  /** Starts the node, and has its devices known. */
  static async open(topology: Topology): Promise<FailingThreads> {
    const faults = mkdtempSync(join(tmpdir(), "assay-faults-"))
    process.env["ASSAY_TEST_FAULTS"] = faults
    const services = SERVICES.map((service) => (service.name === faulty.name ? faulty : service))
    let threads: FailingThreads | null = null
    const onProblem = (what: string, cause: unknown): void => threads?.heard(what, cause as Error)
    const options = { workers: PARTITIONS.length, stallMs: STALL_MS, batchRecords: 16, httpPort: 0, onProblem }
    threads = new FailingThreads(topology, faults, await Attacked.open(topology, options, services))
    await threads.ready()
    const devices = threads.#devices.flat()
    for (const device of devices) await threads.deployment.say(device, device.presentation())
    threads.#said += devices.length
    await Promise.all(PARTITIONS.map((partition) => threads.feed(partition, 5)))
    await threads.expectWhole() // which opens the connections that are asked while a thread is replaced
    return threads
  }

  private heard(what: string, { message }: Error): void {
    if (what.includes("makes no progress")) this.stalled.push(what)
    if (what.startsWith("ALARM")) this.alarms.push(what)
    if (!what.startsWith("a thread that judges has ended")) return
    const { opened } = this.deployment
    const at = { cause: message, notReady: opened.notReady(), shares: opened.node.shares() }
    this.ended.push({ ...at, transactions: this.transactions(), readyz: this.readyz() })
  }

  /** How the last transaction on `submitted` stands in each partition. */
  transactions(): Promise<ReadonlyArray<string | null>> {
    const [{ group, stream }] = idsOf(this.#topology)
    return Promise.all(PARTITIONS.map((partition) => this.deployment.transaction(group, stream, partition)))
  }

  async readyz(): Promise<number> {
    return (await fetch(`${this.deployment.opened.url}/readyz`)).status
  }

  ready(ms = WAIT_MS): Promise<void> {
    return until(async () => (await this.readyz()) === 200, "the node is ready", ms)
  }

  /** `count` messages of each device of the partition. */
  async feed(partition: number, count: number): Promise<void> {
    const calls: Array<Promise<unknown>> = []
    for (let n = 0; n < count; n++)
      for (const device of this.#devices[partition]!) calls.push(this.deployment.say(device))
    this.#said += calls.length
    await Promise.all(calls)
  }

  /** Of who judges `submitted`. */
  position(partition: number): Promise<number> {
    return this.deployment.log.position(idsOf(this.#topology)[0].group, { stream: STREAMS.submitted, partition })
  }

  /** @param metric its name and labels; 0 where it is not shown */
  async counted(metric: string): Promise<number> {
    const lines = (await this.deployment.opened.metrics.scrape()).split("\n")
    return Number(
      lines
        .find((line) => line.startsWith(metric))
        ?.split(" ")
        .at(-1) ?? 0,
    )
  }

  /** How many threads ended, by what the node counts. */
  restores(): Promise<number> {
    return this.counted(`assay_restores_total{group="${idsOf(this.#topology)[0].group}",error_type="other"}`)
  }

  /** Every message has one decision, which a replay of the log gives as well, and nothing of any transaction is left open. */
  async expectWhole(): Promise<void> {
    const { deployment } = this
    await this.ready()
    await deployment.opened.settled()
    const outcomes = await deployment.outcomes()
    expect([...outcomes.values()].filter((all) => all.length !== 1)).toEqual([])
    expect(outcomes.size).toBe(this.#said)
    // Devices that speak in order are trusted after a while.
    for (const [outcome] of outcomes.values()) expect(["annotated", "verified"]).toContain(outcome)
    const pool = new VerifyPool({ size: 1 })
    const report = await replay(deployment.log, deployment.world.rootSet, stagesOver(deployment.log, pool))
    await pool.close()
    expect(report).toMatchObject({ decisions: this.#said, agreed: this.#said, differing: 0 })
    for (const { group, stream } of idsOf(this.#topology))
      for (const partition of PARTITIONS)
        expect(["CompleteCommit", "CompleteAbort", "Empty"]).toContain(
          await deployment.transaction(group, stream, partition),
        )
    for (const stream of ALL_STREAMS)
      for (const partition of PARTITIONS) expect(await deployment.log.heldBack!({ stream, partition })).toBe(0)
  }

  /** Ends the node as an operator does, and starts it again: what it counts and says begins anew. */
  async restart(): Promise<void> {
    const { settings, kafka, opened } = this.deployment
    await opened.close()
    const groups = idsOf(this.#topology).map(({ group }) => settings.prefix + group)
    expect(await membersOf(kafka, groups)).toEqual(new Map(groups.map((group) => [group, 0])))
    for (const said of [this.ended, this.stalled, this.alarms]) said.length = 0
    await this.deployment.start()
    await this.ready()
  }

  async close(): Promise<void> {
    await this.deployment.close()
    delete process.env["ASSAY_TEST_FAULTS"]
    rmSync(this.#faults, { recursive: true, force: true })
  }
}
