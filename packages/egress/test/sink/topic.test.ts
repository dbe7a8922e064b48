import { STREAMS } from "@assay/streams"
import { expect, it } from "vitest"
import { setUpSink } from "../../src/sink/kinds.ts"
import { testDir, testLog } from "../support.ts"
import { itemsIn } from "./items.ts"

it("a topic has each event under its key, always in the same partition, as one JSON value", async () => {
  const log = await testLog(testDir(), 2)
  const sink = setUpSink("topic:siem.ocsf.v1").make(log)
  await sink.open()
  const items = itemsIn("ocsf", 20)
  await sink.write(items)
  await sink.write(items.slice(0, 3), true)
  await sink.close()
  const found = new Map<string, ReadonlyArray<number>>()
  for (const partition of [0, 1])
    for (const { key, value } of await log.read({ stream: STREAMS.siemOcsf, partition }, 0, 100, 1 << 20)) {
      const name = Buffer.from(key).toString()
      expect(JSON.parse(Buffer.from(value).toString()).metadata.uid).toBe(name)
      found.set(name, [...(found.get(name) ?? []), partition])
    }
  expect([...found.keys()].toSorted()).toEqual(items.map(({ key }) => key).toSorted())
  for (const { key } of items.slice(0, 3)) expect(new Set(found.get(key)).size).toBe(1)
  expect(found.get("1/0/0")).toHaveLength(2)
})
