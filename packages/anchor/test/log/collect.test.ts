import { expect, test } from "vitest"
import { collect, type LastHeads, lastHeadsOf } from "../../src/log/collect.ts"
import { openLog, Partition, SIGNER } from "../plant.ts"

const bring = async (logs: ReadonlyArray<Partition>, last: LastHeads) => {
  const { entries, heads, problems, logs: states } = await collect(logs, last)
  for (const head of heads) last.set(head.origin, head)
  return { notes: entries.map((entry) => Buffer.from(entry).toString()), problems, states }
}

test("the newest checkpoint of each log, once, byte for byte", async () => {
  const logs = [new Partition(0), new Partition(1), new Partition(2)]
  const last: LastHeads = new Map()
  const first = await logs[0]!.grow(3)
  const none = { current: 0, empty: 0, unreadable: 0, forked: 0 }
  expect(await bring(logs, last)).toEqual({ notes: [first], problems: [], states: { ...none, current: 1, empty: 2 } })
  const notes = [await logs[0]!.grow(300), await logs[1]!.grow(1)]
  const states = { ...none, current: 2, empty: 1 }
  expect(await bring(logs, last)).toEqual({ notes, problems: [], states })
  expect(await bring(logs, last)).toEqual({ notes: [], problems: [], states })
})

test("a second history, fewer leaves, a foreign signature: left out and said, while the others go on", async () => {
  const [honest, forked, back, foreign] = [new Partition(0), new Partition(1), new Partition(2), new Partition(3)]
  const last: LastHeads = new Map()
  for (const log of [honest, forked, back]) await log.grow(5)
  await bring([honest, forked, back, foreign], last)
  const other = new Partition(1)
  await other.grow(6, "another")
  const shorter = new Partition(2)
  await shorter.grow(4)
  const stranger = new Partition(4)
  await stranger.grow(1)
  foreign.note = stranger.note
  const note = await honest.grow(1)
  const found = await bring([other, shorter, foreign, honest], last)
  expect(found.notes).toEqual([note])
  expect(found.problems).toEqual([
    expect.stringMatching(/1\/1: its tree of 6 leaves does not continue the 5 that are anchored/),
    expect.stringMatching(/2\/1: it shows 4 leaves, and 5 are anchored already/),
    expect.stringMatching(/3\/1: the note is not signed by/),
  ])
  expect(found.states).toEqual({ current: 1, empty: 0, unreadable: 1, forked: 2 })
  const same = new Partition(1)
  await same.grow(5, "another")
  expect((await bring([same], last)).problems).toEqual([expect.stringMatching(/another tree of 5 leaves/)])
})

test("a log that is gone after leaves of it were anchored cannot be read: it has not become an empty one", async () => {
  const [gone, empty] = [new Partition(0), new Partition(1)]
  const last: LastHeads = new Map()
  await gone.grow(5)
  await bring([gone, empty], last)
  gone.note = null
  const away = await bring([gone, empty], last)
  expect(away.problems).toEqual([expect.stringMatching(/0\/1: it has no checkpoint, and 5 leaves of it are anchored/)])
  expect(away.states).toEqual({ current: 0, empty: 1, unreadable: 1, forked: 0 })
})

test("what was brought in is known again from the anchor log alone", async () => {
  const logs = [new Partition(0), new Partition(1)]
  for (const log of logs) await log.grow(2)
  const anchorLog = await openLog()
  await anchorLog.append((await collect(logs, new Map())).entries, SIGNER)
  await logs[1]!.grow(2)
  const last = await lastHeadsOf(anchorLog)
  const { entries, heads } = await collect(logs, last)
  expect(heads.map(({ origin, size }) => [origin, size])).toEqual([[logs[1]!.origin, 4]])
  expect(entries).toHaveLength(1)
})
