/** Nothing is stamped by a clock that jumped; a guard that stopped appends leaves by itself. */
import { type Commit, type Log, UnavailableError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { beforeEach, describe, expect, it } from "vitest"
import { guardTime, steadyOver, type TimeGuard } from "../../src/log/time-guard.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const at = { stream: "in", partition: 0 }

const clocks = { wall: () => clock.wall, steady: () => clock.steady }
const clock = { wall: 0, steady: 0, broker: 0 }
let stamps: Array<number>
let changes: Array<boolean>
let guard: TimeGuard
let commits: number
let log: Log

const pass = (ms: number): void => {
  clock.wall += ms
  clock.steady += ms
}
/** As the embedded log does: the time of a log never runs back. */
const append = async () => {
  const time = Math.max(clock.wall + clock.broker, stamps.at(-1) ?? 0)
  stamps.push(time)
  return { offset: stamps.length - 1, time }
}

beforeEach(() => {
  Object.assign(clock, { wall: 1_790_000_000_000, steady: 5_000, broker: 0 })
  stamps = []
  changes = []
  commits = 0
  const commit = async () => {
    commits++
    return { offsets: [] }
  }
  log = { append, commit } as unknown as Log
  guard = guardTime(log, { clocks, onChange: (why) => changes.push(why !== null) })
})
const write = () => guard.log.append(at, [])
const record = { key: new Uint8Array(), value: new Uint8Array() }
/** What a stage commits. */
const commitTo = (...streams: ReadonlyArray<string>): Commit => ({
  group: "g",
  stream: STREAMS.submitted,
  from: 0,
  next: 1,
  outputs: streams.map((stream) => ({ stream, records: [record] })),
})

it.each([26 * HOUR, -26 * HOUR, 6 * MINUTE])(
  "a jump of the wall clock by %d ms stops appends, until it is set back",
  async (by) => {
    await write()
    pass(MINUTE)
    clock.wall += by
    await expect(write()).rejects.toThrow(UnavailableError)
    expect(guard.alarm()).toMatch(/wall clock jumped/)
    pass(HOUR)
    await expect(write()).rejects.toThrow(UnavailableError)
    clock.wall -= by
    expect(guard.alarm()).toBeNull()
    await write()
    expect(changes).toEqual([true, false])
    expect(stamps).toHaveLength(2)
    expect(Math.max(...stamps)).toBe(clock.wall)
  },
)

it("small corrections are followed, however many", async () => {
  for (let n = 0; n < 100; n++) {
    pass(MINUTE)
    clock.wall += 4_000
    await write()
  }
  expect(changes).toEqual([])
})

it("a stamp ahead of the clock stops appends, until the clock has come there", async () => {
  // A process before this one stamped with a clock that was ahead.
  stamps.push(clock.wall + HOUR)
  await write()
  expect(guard.alarm()).toMatch(/last stamp is 3600 s ahead/)
  await write() // the one probe of the minute
  await expect(write()).rejects.toThrow(UnavailableError)
  pass(56 * MINUTE)
  expect(guard.alarm()).toBeNull()
  await write()
  expect(changes).toEqual([true, false])
})

it("brokers that are behind are noticed by what comes back, and again when they are right", async () => {
  clock.broker = -HOUR
  await write()
  expect(guard.alarm()).toMatch(/behind this machine/)
  pass(MINUTE)
  clock.broker = 0
  await write()
  expect(guard.alarm()).toBeNull()
  expect(changes).toEqual([true, false])
})

it("a commit that admits devices is stopped like an append, and any other is not: nobody judges by its stamps", async () => {
  await guard.log.commit(0, commitTo(STREAMS.audit, STREAMS.submitted))
  clock.wall += 26 * HOUR
  await guard.log.commit(0, commitTo(STREAMS.audit, STREAMS.verified))
  await guard.log.commit(0, { ...commitTo(), outputs: [{ stream: STREAMS.submitted, records: [] }] })
  await expect(guard.log.commit(0, commitTo(STREAMS.audit, STREAMS.submitted))).rejects.toThrow(UnavailableError)
  // No probe: what is judged again costs more than an append.
  pass(HOUR)
  await expect(guard.log.commit(0, commitTo(STREAMS.submitted))).rejects.toThrow(/jumped/)
  expect(commits).toBe(3)
  clock.wall -= 26 * HOUR
  await guard.log.commit(0, commitTo(STREAMS.submitted))
  expect(commits).toBe(4)
})

it("the guard of a thread that starts after a jump knows of it", async () => {
  clock.wall += 26 * HOUR
  expect(guard.alarm()).toMatch(/jumped/)
  const late = guardTime(log, { clocks, anchor: guard.anchor(), onChange: () => undefined })
  await expect(late.log.commit(0, commitTo(STREAMS.submitted))).rejects.toThrow(/jumped/)
})

it("a log that is ahead is gone on with where an operator has said so, and a jump is not", async () => {
  const accepting = guardTime(log, { clocks, acceptAhead: true, onChange: () => undefined })
  stamps.push(clock.wall + HOUR)
  for (let n = 0; n < 3; n++) await accepting.log.append(at, [])
  clock.wall += HOUR
  await expect(accepting.log.append(at, [])).rejects.toThrow(/jumped/)
})

describe("the steady clock", () => {
  let system: number
  let own: number
  let wall: number
  let reads: number
  let steady: () => number
  beforeEach(() => {
    system = 90_000
    own = 10
    wall = 1_790_000_000_000
    reads = 0
    const read = (): number => {
      reads++
      return system
    }
    steady = steadyOver(
      read,
      () => own,
      () => wall,
    )
  })
  const go = (ms: number): void => {
    system += ms
    own += ms
    wall += ms
  }

  it("goes on by the process's own clock, and asks the system's once a second", () => {
    for (let n = 0; n < 100; n++) {
      expect(steady()).toBe(90_000 + n * 25)
      go(25)
    }
    expect(reads).toBe(3)
  })

  it("a sleep of the machine counts at once", () => {
    steady()
    system += HOUR
    wall += HOUR
    expect(steady()).toBe(90_000 + HOUR)
  })

  it("a wall clock that jumped does not", () => {
    steady()
    wall -= HOUR
    go(10)
    expect(steady()).toBe(90_010)
  })

  it("never goes back, though the system tells hundredths of a second", () => {
    steady()
    go(1_005)
    system -= 5
    steady()
    own += 1
    wall += HOUR // read again
    const before = steady()
    system -= 4
    wall -= HOUR
    expect(steady()).toBeGreaterThanOrEqual(before)
  })
})
