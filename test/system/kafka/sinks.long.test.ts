/** Sinks of a node on a real broker: their groups keep the positions, and a second process takes over where the first was. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { groupOfSink, readSinks } from "@assay/node"
import { decodeAssayed, decodeReadingRow } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { describeKafka } from "@assay/testkit/kafka"
import { afterAll, expect, it } from "vitest"
import { Attacked, keyOf } from "./attacked-deployment.ts"

describeKafka("a sink of a node", () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-kafka-sinks-"))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  const keysIn = (file: string): ReadonlyArray<string> =>
    readFileSync(join(dir, file), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as { key: string }).key)

  const valuesOf = async ({ log }: Attacked, stream: string, partition: number) =>
    log.read({ stream, partition }, 0, 10_000, 1 << 26)

  /** Each decided record says in its headers what it is, so that nobody need decode it. */
  const routes = async (deployment: Attacked, partition: number): Promise<void> => {
    const records = await valuesOf(deployment, STREAMS.annotated, partition)
    expect(records.length).toBeGreaterThan(0)
    for (const { value, headers } of records) {
      const { origin, claims, subject, decision } = decodeAssayed(value)
      const said = Object.fromEntries(Object.entries(headers!).map(([name, bytes]) => [name, String(bytes)]))
      expect(said).toMatchObject({
        ce_specversion: "1.0",
        ce_id: `${origin.epoch}/${origin.partition}/${origin.offset}`,
        ce_type: `assay.message.${decision!.outcome}.v1`,
        ce_outcome: "annotated",
      })
      expect(said["ce_act"]).toBe(claims?.kind === "message" ? claims.act : undefined)
      expect(said["ce_class"]).toBe(subject?.class)
    }
  }

  const hasRows = async (deployment: Attacked, partition: number): Promise<void> => {
    const wanted: Array<string> = []
    for (const stream of [STREAMS.verified, STREAMS.annotated])
      for (const { value } of await valuesOf(deployment, stream, partition)) {
        const { origin, readings } = decodeAssayed(value)
        for (const [n, { name }] of readings.entries()) wanted.push(`${origin.offset}#${n} ${name}`)
      }
    const rows: Array<string> = []
    for (const stream of [STREAMS.readingsVerified, STREAMS.readingsAnnotated])
      for (const { value } of await valuesOf(deployment, stream, partition)) {
        const { originOffset, position, name } = decodeReadingRow(value)
        rows.push(`${originOffset}#${position} ${name}`)
      }
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.toSorted()).toEqual(wanted.toSorted())
  }

  /** A process of its own goes on where the node was. */
  const byCommand = async (deployment: Attacked, partition: number): Promise<void> => {
    const { brokers, prefix } = deployment.settings
    const env = { LOG: "kafka", KAFKA_BROKERS: brokers.join(), ASSAY_STREAM_PREFIX: prefix }
    const done = await assay(["readings", "--outcome", "all", "--json"], { cwd: dir, env })
    expect(done).toMatchObject({ code: 0, err: "" })
    expect(JSON.parse(done.out)).toMatchObject({ messages: 1, unreadable: 0 })
    await hasRows(deployment, partition)
  }

  it("has every decision, keeps its position in its group, and goes on behind it in another process", async () => {
    const first = readSinks(`lines=file:${join(dir, "first.ndjson")}`)
    // Another process of the same group has a file of its own.
    const second = readSinks(`lines=file:${join(dir, "second.ndjson")}`)
    const readings = { wanted: "all", format: "avro" } as const
    const deployment = await Attacked.open("chained", { sinks: first, readings })
    try {
      const device = deployment.world.device("one")
      const partition = deployment.home(device)
      const said = [await deployment.say(device, device.presentation())]
      for (let n = 0; n < 9; n++) said.push(await deployment.say(device))
      await deployment.opened.settled()
      await deployment.opened.sinks.get("lines")!.settled()
      const idOf = (origin: (typeof said)[number]): string => `${deployment.log.epoch}/${keyOf(origin)}`
      expect(keysIn("first.ndjson").toSorted()).toEqual(said.map(idOf).toSorted())
      await routes(deployment, partition)
      await deployment.opened.readings!.settled()
      await hasRows(deployment, partition)
      await deployment.opened.close()
      const group = groupOfSink(first[0]!)
      let kept = 0
      for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined])
        kept += await deployment.log.position(group, { stream, partition })
      expect(kept).toBeGreaterThanOrEqual(said.length)

      await deployment.start({ sinks: second, readings: null })
      const later = await deployment.say(device)
      await deployment.opened.settled()
      await deployment.opened.sinks.get("lines")!.settled()
      expect(keysIn("second.ndjson")).toEqual([idOf(later)])
      await byCommand(deployment, partition)
      expect(deployment.problems).toEqual([])
    } finally {
      await deployment.close()
    }
  }, 120_000)
})
