import { platform } from "node:os"
import { describe, expect, it } from "vitest"
import { threadTimes } from "../../src/bench/thread-times.ts"

describe.skipIf(platform() !== "linux")("the CPU of this process by kind of thread", () => {
  it("counts what the main thread did, as the kernel counts it", () => {
    const before = threadTimes()
    const usage = process.threadCpuUsage()
    for (const end = performance.now() + 50; performance.now() < end; ) Math.sqrt(end)
    const spent = process.threadCpuUsage(usage)
    const after = threadTimes()
    // Vitest may run a file in a thread of its own: then it is that thread's time which grew.
    const grown = (["main", "other"] as const).map((kind) => after![kind] - before![kind])
    expect(Math.max(...grown) / 1000).toBeGreaterThan(0.5 * (spent.user + spent.system))
  })
})
