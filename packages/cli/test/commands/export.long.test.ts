/** `assay export` as a process of its own beside a log that another process writes: killed, started again, put to the test. */
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { encodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay, type Done } from "@assay/testkit/cli"
import { message } from "@assay/testkit/samples"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { readArguments, UsageError } from "../../src/command.ts"
import { exportCommand } from "../../src/commands/export.ts"
import { makeOutput } from "../../src/output.ts"

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url))
const STEP_MS = 120_000
const OUT = "decisions.ndjson"
const STREAMS_USED = [
  ["verified", STREAMS.verified],
  ["quarantined", STREAMS.quarantined],
] as const

let cwd = ""
let log: Log
let written: Array<string> = []

const write = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n++) {
    const offset = written.length
    const [outcome, stream] = STREAMS_USED[offset % 2]!
    const partition = offset % 3 === 0 ? 1 : 0
    const origin = { epoch: 1, partition, offset }
    const value = encodeAssayed({ ...message, origin, decision: { ...message.decision!, outcome } })
    await log.append({ stream, partition }, [{ key: Buffer.alloc(0), value }])
    written.push(`1/${partition}/${offset}`)
  }
}
const call = (...args: ReadonlyArray<string>): Promise<Done> => assay(["export", ...args], { cwd })
const rows = (text: string): ReadonlyArray<{ key: string; outcome: string; timeMs: number }> =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
const fileRows = () => rows(readFileSync(join(cwd, OUT), "utf8"))
const keysOf = (found: ReadonlyArray<{ key: string }>): ReadonlyArray<string> => [
  ...new Set(found.map(({ key }) => key)),
]
const linesIn = (): number =>
  existsSync(join(cwd, OUT)) ? readFileSync(join(cwd, OUT), "utf8").split("\n").length - 1 : 0

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-export-"))
  log = await openEmbedded({ dir: join(cwd, "data"), partitions: 2 })
  written = []
})
afterEach(async () => {
  await log.close()
  rmSync(cwd, { recursive: true, force: true })
})

describe("assay export", () => {
  it("loses nothing when it is killed again and again, and repeats bear the same key", {
    timeout: STEP_MS,
  }, async () => {
    let stopped = false
    const writing = (async () => {
      while (!stopped) {
        await write(20)
        await delay(1)
      }
    })()
    const stops: Array<number> = []
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, [MAIN, "export", "--to", OUT, "--follow"], { cwd, stdio: "ignore" })
      const ended = new Promise((resolve) => child.once("close", resolve))
      const before = linesIn()
      const deadline = performance.now() + 60_000
      // In the middle of its work: it has written, and there is more to write.
      while (linesIn() < before + 50 * (round + 1)) {
        if (performance.now() > deadline) throw new Error(`nothing was exported in round ${round}`)
        await delay(2)
      }
      child.kill("SIGKILL")
      await ended
      stops.push(linesIn())
    }
    stopped = true
    await writing
    // What a power cut leaves of a line that was not flushed.
    const torn = readFileSync(join(cwd, OUT))
    writeFileSync(join(cwd, OUT), Buffer.concat([torn, Buffer.from('{"key":"1/0/half')]))
    expect(await call("--to", OUT)).toMatchObject({ code: 0, out: "" })
    const found = fileRows()
    expect(keysOf(found).toSorted()).toEqual(written.toSorted())
    expect(stops).toEqual(stops.toSorted((a, b) => a - b))
    // A repeat is of what was in hand, not of everything.
    expect(found.length - written.length).toBeLessThan(3 * 4 * 512)
  })

  it("goes on behind the last call, or from the start where asked to", { timeout: STEP_MS }, async () => {
    await write(10)
    expect((await call("--to", OUT)).err).toBe(`10 decisions exported to ${OUT}\n`)
    await write(5)
    expect((await call("--to", OUT)).err).toBe(`5 decisions exported to ${OUT}\n`)
    expect(
      fileRows()
        .map(({ key }) => key)
        .toSorted(),
    ).toEqual(written.toSorted())
    expect((await call("--to", OUT, "--from-start", "--outcome", "quarantined")).err).toBe(
      `7 decisions exported to ${OUT}\n`,
    )
    // The seven are in the file already, and a file has each line once.
    expect(
      fileRows()
        .map(({ key }) => key)
        .toSorted(),
    ).toEqual(written.toSorted())
    rmSync(join(cwd, OUT))
    expect((await call("--to", OUT, "--from-start", "--outcome", "quarantined")).err).toBe(
      `7 decisions exported to ${OUT}\n`,
    )
    expect(fileRows()).toHaveLength(7)
  })

  it("writes to standard output, all of it or from a time on", { timeout: STEP_MS }, async () => {
    await write(6)
    const all = await call()
    expect(all).toMatchObject({ code: 0, err: "" })
    expect(keysOf(rows(all.out)).toSorted()).toEqual(written.toSorted())
    const later = new Date(Date.now() + 3_600_000).toISOString()
    expect(await call("--since", later)).toMatchObject({ code: 0, out: "" })
    expect(rows((await call("--since", "2020-01-01", "--outcome", "verified")).out)).toHaveLength(3)
  })

  it("puts what it cannot read beside the output, with the reason", { timeout: STEP_MS }, async () => {
    await write(2)
    await log.append({ stream: STREAMS.verified, partition: 0 }, [{ key: Buffer.alloc(0), value: Buffer.from("junk") }])
    await write(2)
    expect((await call("--to", OUT)).err).toBe(`4 decisions exported to ${OUT}; 1 records could not be read\n`)
    const letters = readFileSync(join(cwd, `${OUT}.state`, "dead-letters.ndjson"), "utf8")
    expect(JSON.parse(letters)).toMatchObject({
      stream: STREAMS.verified,
      partition: 0,
      key: null,
      size: 4,
      bytes: Buffer.from("junk").toString("base64"),
      reason: expect.stringMatching(/./),
    })
    expect((await call()).err).toMatch(/^passed over telemetry.verified.v1\/0\/\d: .+\n$/)
  })

  it("is refused while another has the same output", { timeout: STEP_MS }, async () => {
    await write(1)
    const child = spawn(process.execPath, [MAIN, "export", "--to", OUT, "--follow"], { cwd, stdio: "ignore" })
    const ended = new Promise((resolve) => child.once("close", resolve))
    while (linesIn() < 1) await delay(5)
    const second = await call("--to", OUT)
    expect(second.code).toBe(2)
    expect(second.err).toContain(
      `${OUT}.state, which holds the position of this export, cannot be used by two at a time`,
    )
    child.kill("SIGTERM")
    expect(await ended).toBe(0)
  })

  it("shows how far it is as the sinks of a node do", { timeout: STEP_MS }, async () => {
    await write(6)
    await log.append({ stream: "telemetry.verified.v1", partition: 0 }, [
      { key: Buffer.alloc(0), value: Buffer.from("junk") },
    ])
    const child = spawn(process.execPath, [MAIN, "export", "--to", OUT, "--follow", "--metrics", "0"], { cwd })
    const ended = new Promise((resolve) => child.once("close", resolve))
    let said = ""
    child.stderr.on("data", (bytes) => {
      said += bytes
    })
    const url = await vi.waitFor(() => /^metrics at (http:\S+)$/m.exec(said)![1]!, 30_000)
    await vi.waitFor(async () => {
      const text = await (await fetch(url)).text()
      expect(text).toMatch(/^assay_sink_exported_decisions_total\{sink="export"\} 6$/m)
      expect(text).toMatch(/^assay_sink_unreadable_records_total\{sink="export"\} 1$/m)
      expect(text).toMatch(/^assay_sink_refused_decisions_total\{sink="export"\} 0$/m)
      expect(text).toMatch(/^assay_sink_retries_total\{sink="export"\} 0$/m)
      expect(text).toMatch(/^assay_sink_lag_records\{sink="export"\} 0$/m)
      expect(text).toMatch(/^assay_sink_up\{sink="export"\} 1$/m)
    }, 30_000)
    child.kill("SIGTERM")
    expect(await ended).toBe(0)
  })

  it("writes the forms of SIEMs, what was asked for alone, and counts the rest", { timeout: STEP_MS }, async () => {
    await write(6)
    const cef = await call("--format", "cef", "--severity", "medium")
    expect(cef).toMatchObject({ code: 0, err: "" })
    const lines = cef.out.trimEnd().split("\n")
    expect(lines).toHaveLength(3)
    for (const line of lines) expect(line).toMatch(/^CEF:0\|Assay\|Assay\|.*cat=quarantined act=quarantined/)
    const done = await call("--to", OUT, "--format", "ocsf", "--severity", "medium", "--json")
    expect(JSON.parse(done.out)).toMatchObject({ to: `file:${OUT}`, exported: 3, passedBy: 3, deadLetters: 0 })
  })

  it("is refused with a call that is wrong, and writes nothing then", async () => {
    await write(1)
    const wrong = [
      [["--outcome", "good"], '--outcome takes verified, annotated, quarantined, rejected or undecided, not "good"'],
      [["--since", "yesterday"], "--since takes a date or a time"],
      [["--since", "2026-01-01", "--from-start"], "exclude each other"],
      [["--group", "siem"], "--group needs LOG=kafka"],
      [["--to", "syslog+tls://siem.example"], "say with --state DIR where position and dead letters are kept"],
      [["--to", "hec:https://siem.example?token=abc"], 'hec has no option "token"'],
      [["--format", "xml"], "format takes decision, json, ocsf"],
      [["--to", join(cwd, "data")], "data cannot be written: it is a directory"],
    ] as const satisfies ReadonlyArray<readonly [ReadonlyArray<string>, string]>
    for (const [args, says] of wrong) {
      const given = readArguments(exportCommand, ["--data", join(cwd, "data"), ...args])
      await expect(exportCommand.run(given, makeOutput(false)), says).rejects.toThrow(UsageError)
      await expect(exportCommand.run(given, makeOutput(false))).rejects.toThrow(says)
    }
  })
})
