/** Nothing is stamped by a clock that jumped; a guard that stopped appends leaves by itself. */
import { type Log, UnavailableError } from "@assay/log"
import { beforeEach, expect, it } from "vitest"
import { guardTime, type TimeGuard } from "../../src/log/time-guard.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const at = { stream: "in", partition: 0 }

const clock = { wall: 0, steady: 0, broker: 0 }
let stamps: Array<number>
let changes: Array<boolean>
let guard: TimeGuard

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
  const log = { append } as unknown as Log
  guard = guardTime(log, { wall: () => clock.wall, steady: () => clock.steady }, (why) => changes.push(why !== null))
})
const write = () => guard.log.append(at, [])

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
