import { spawn } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, vi } from "vitest"
import { aliveOf, INSPECTED } from "../../src/soak/alive.ts"

const MIB = 1 << 20
/** Holds 40 MiB beside the heap, and drops as much at once: what was dropped is resident until it is collected. */
const PROGRAM = `globalThis.held = Buffer.alloc(${40 * MIB}, 1); Buffer.alloc(${40 * MIB}, 1); setInterval(() => held[0], 1_000)`

it("what a process holds after a collection, asked over its inspector", async () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-alive-"))
  const logFile = join(dir, "program.log")
  const log = openSync(logFile, "w")
  const env = { ...process.env, ...INSPECTED }
  const program = spawn(process.execPath, ["-e", PROGRAM], { env, stdio: ["ignore", log, log] })
  closeSync(log)
  try {
    await vi.waitFor(() => expect(readFileSync(logFile, "utf8")).toContain("Debugger listening"), { timeout: 10_000 })
    const alive = await aliveOf(logFile)
    expect(alive).toBeGreaterThan(40 * MIB)
    expect(alive).toBeLessThan(60 * MIB)
  } finally {
    program.kill("SIGKILL")
    rmSync(dir, { recursive: true, force: true })
  }
  await expect(aliveOf(join(import.meta.dirname, "alive.long.test.ts"))).rejects.toThrow(
    /inspector refused|names no inspector/,
  )
})
