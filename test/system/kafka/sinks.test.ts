/** Sinks of a node on a real broker: their groups keep the positions, and a second process takes over where the first was. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { groupOfSink, readSinks } from "@assay/node"
import { STREAMS } from "@assay/streams"
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

  it("has every decision, keeps its position in its group, and goes on behind it in another process", async () => {
    const first = readSinks(`lines=file:${join(dir, "first.ndjson")}`)
    // Another process of the same group has a file of its own.
    const second = readSinks(`lines=file:${join(dir, "second.ndjson")}`)
    const deployment = await Attacked.open("chained", { sinks: first })
    try {
      const device = deployment.world.device("one")
      const partition = deployment.home(device)
      const said = [await deployment.say(device, device.presentation())]
      for (let n = 0; n < 9; n++) said.push(await deployment.say(device))
      await deployment.opened.settled()
      await deployment.opened.sinks.get("lines")!.settled()
      const idOf = (origin: (typeof said)[number]): string => `${deployment.log.epoch}/${keyOf(origin)}`
      expect(keysIn("first.ndjson").toSorted()).toEqual(said.map(idOf).toSorted())
      await deployment.opened.close()
      const group = groupOfSink(first[0]!)
      let kept = 0
      for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined])
        kept += await deployment.log.position(group, { stream, partition })
      expect(kept).toBeGreaterThanOrEqual(said.length)

      await deployment.start({ sinks: second })
      const later = await deployment.say(device)
      await deployment.opened.settled()
      await deployment.opened.sinks.get("lines")!.settled()
      expect(keysIn("second.ndjson")).toEqual([idOf(later)])
      expect(deployment.problems).toEqual([])
    } finally {
      await deployment.close()
    }
  }, 120_000)
})
