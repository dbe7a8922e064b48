import { UsageError } from "@assay/cli/command"
import { expect, it } from "vitest"
import { Meter } from "../../src/soak/meter.ts"
import { bytesOf, requireRoom } from "../../src/soak/room.ts"

it("a meter counts since it was last asked, and decisions whose submission nobody saw have no latency", () => {
  const meter = new Meter()
  for (let ms = 1; ms <= 100; ms++) meter.decided(101 - ms)
  meter.decided(null)
  expect(meter.take()).toEqual({ decisions: 101, count: 100, p50: 51, p99: 100 })
  expect(meter.take()).toEqual({ decisions: 0, count: 0, p50: 0, p99: 0 })
})

it("a run that the disk has no room for is refused before it begins, with what to change", () => {
  const planned = { minutes: 360, perSecond: 1_000, devices: 200, partitions: 4 }
  const needed = bytesOf(planned)
  // 21.6 million messages of some two kilobytes, and as much again by half.
  expect(needed).toBeGreaterThan(21.6e6 * 1_800 * 1.5)
  expect(bytesOf({ ...planned, minutes: 720 })).toBeCloseTo(2 * needed)
  expect(() => requireRoom({ ...planned, dir: "/somewhere" }, needed)).not.toThrow()
  const refused = (): void => requireRoom({ ...planned, dir: "/somewhere" }, needed - 1)
  expect(refused).toThrow(UsageError)
  expect(refused).toThrow(/360 minutes at 1000 messages a second write some \d+\.\d GB.*--dir.*--minutes.*--rate/)
})
