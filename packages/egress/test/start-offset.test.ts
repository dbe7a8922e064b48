import { expect, it } from "vitest"
import { offsetSince } from "../src/start-offset.ts"
import { testDir, testLog } from "./support.ts"

it("finds the first record stamped at or after a time", async () => {
  let now = 1_000
  const log = await testLog(testDir(), 1, () => now)
  const at = { stream: "s.v1", partition: 0 }
  expect(await offsetSince(log, at, 5)).toBe(0)
  for (let n = 0; n < 50; n++) {
    if (n % 3 === 0) now += 10
    await log.append(at, [{ key: Buffer.alloc(0), value: Buffer.alloc(0) }])
  }
  const times = (await log.read(at, 0, 100, 1 << 20)).map(({ time }) => time)
  for (const since of [0, ...new Set(times), 1_015, 1_000_000]) {
    const found = times.findIndex((time) => time >= since)
    expect(await offsetSince(log, at, since)).toBe(found < 0 ? times.length : found)
  }
})
