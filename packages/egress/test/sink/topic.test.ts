import { groupCheckpoint } from "@assay/consumer"
import { type Log, UnavailableError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { expect, it } from "vitest"
import { startEgress } from "../../src/run.ts"
import { setUpSink } from "../../src/sink/kinds.ts"
import { deadLettersTo } from "../../src/unexported-deadletter.ts"
import { decided, testDir, testLog, write } from "../support.ts"
import { itemsIn } from "./items.ts"

it("a topic has each event under its key, in the partition of its decision, as one JSON value", async () => {
  const log = await testLog(testDir(), 2)
  const sink = setUpSink("topic:siem.ocsf.v1").make(log)
  await sink.open()
  const items = itemsIn("ocsf", 20)
  const at = { stream: STREAMS.quarantined, partition: 1 }
  await sink.write(items, false, at)
  await sink.write(items.slice(0, 3), true, at)
  await sink.close()
  const found = new Map<string, ReadonlyArray<number>>()
  for (const partition of [0, 1])
    for (const { key, value } of await log.read({ stream: STREAMS.siemOcsf, partition }, 0, 100, 1 << 20)) {
      const name = Buffer.from(key).toString()
      expect(JSON.parse(Buffer.from(value).toString()).metadata.uid).toBe(name)
      found.set(name, [...(found.get(name) ?? []), partition])
    }
  expect([...found.keys()].toSorted()).toEqual(items.map(({ key }) => key).toSorted())
  for (const { key } of items) expect(new Set(found.get(key))).toEqual(new Set([1]))
  expect(found.get("1/0/0")).toHaveLength(2)
})

it("whose position lies in the same log has nothing twice, whatever becomes of the answer to a commit", async () => {
  const log = await testLog(testDir(), 2)
  let lost = 0
  const losing: Log = {
    ...log,
    // Every second answer is lost: of these half came to be, and half did not.
    commit: async (partition, commit) => {
      lost += 1
      if (lost % 4 === 0) throw new UnavailableError("lost before it was done")
      const done = await log.commit(partition, commit)
      if (lost % 4 === 2) throw new UnavailableError("lost after it was done")
      return done
    },
  }
  const { make, encoder, wanted } = setUpSink("topic:siem.json.v1")
  const running = await startEgress({
    log: losing,
    group: "siem-topics-test",
    outcomes: ["annotated"],
    encoder: encoder(log),
    wanted,
    sink: make(losing),
    checkpoint: groupCheckpoint(losing, "siem-topics-test"),
    deadLetters: deadLettersTo(({ reason }) => expect.unreachable(reason)),
    sinceMs: null,
    pauses: { firstMs: 1, longestMs: 2 },
    onProblem: () => undefined,
  })
  const written: Array<string> = []
  for (let n = 0; n < 60; n++) {
    await write(log, decided(n % 2, n, "annotated"))
    written.push(`1/${n % 2}/${n}`)
    if (n % 5 === 0) await running.settled()
  }
  await running.settled()
  await running.stop()
  expect(lost).toBeGreaterThan(8)
  const keys: Array<string> = []
  for (const partition of [0, 1])
    for (const { key } of await log.read({ stream: STREAMS.siemJson, partition }, 0, 1_000, 1 << 24))
      keys.push(Buffer.from(key).toString())
  expect(keys.toSorted()).toEqual(written.toSorted())
})
