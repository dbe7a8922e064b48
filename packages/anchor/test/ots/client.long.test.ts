/** The client of OpenTimestamps that others wrote (PyPI: opentimestamps-client) reads our files, and we read what it stamps. */
import { spawn } from "node:child_process"
import { hash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { hasOts, OTS, sayWithoutOts } from "@assay/testkit/opentimestamps"
import { describe, expect, it } from "vitest"
import { OtsAnchor } from "../../src/ots/index.ts"
import { attestationsOf, parseFile } from "../../src/ots/timestamp.ts"
import { openLog, SIGNER, scratch } from "../plant.ts"
import { startCalendar } from "./calendar.ts"

sayWithoutOts("packages/anchor/test/ots/client.long.test.ts")

/** Not `spawnSync`: the calendar that it asks answers from this process. */
const ots = async (
  ...args: ReadonlyArray<string>
): Promise<{ readonly code: number | null; readonly said: string }> => {
  const cache = join(scratch(), "cache")
  const child = spawn(OTS, ["--cache", cache, "--no-bitcoin", ...args], { stdio: ["ignore", "pipe", "pipe"] })
  const parts: Array<Buffer> = []
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => parts.push(part))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", resolve)
  })
  return { code, said: Buffer.concat(parts).toString("utf8") }
}

const anchored = async () => {
  const calendar = await startCalendar()
  const log = await openLog()
  const directory = scratch()
  const clock = { ms: 1_790_000_000_000 }
  const options = { calendars: [calendar.url], directory, intervalMs: 3_600_000, askMs: 600_000 }
  const anchor = await OtsAnchor.open({ ...options, now: () => clock.ms })
  await log.append([Buffer.from("checkpoint")], SIGNER)
  await anchor.advance(log.head)
  const path = join(directory, "1.checkpoint")
  return { calendar, log, clock, anchor, path }
}

describe.runIf(hasOts)("the reference client", () => {
  it("reads a head that waits, and the same one once it is in a block", { timeout: 60_000 }, async () => {
    const { calendar, log, clock, anchor, path } = await anchored()
    const digest = hash("sha256", readFileSync(path), "hex")
    const waits = await ots("info", `${path}.ots`)
    expect(waits).toMatchObject({ code: 0, said: expect.stringContaining(`File sha256 hash: ${digest}`) })
    expect(waits.said).toContain(`PendingAttestation('${calendar.url}')`)

    const root = Buffer.from(calendar.mine(800_000))
    clock.ms += 600_000
    expect(await anchor.advance(log.head)).toMatchObject({ confirmed: 1 })
    const found = await ots("info", `${path}.ots`)
    expect(found.code).toBe(0)
    expect(found.said).toContain("BitcoinBlockHeaderAttestation(800000)")
    // It shows the root as Bitcoin's tools do, last byte first.
    expect(found.said).toContain(`Bitcoin block merkle root ${Buffer.from(root).reverse().toString("hex")}`)

    writeFileSync(path, "another head\n")
    const other = await ots("verify", `${path}.ots`)
    expect([other.code, other.said]).toEqual([1, expect.stringContaining("does not match original")])
  })

  it("writes files that are read here", { timeout: 60_000 }, async () => {
    const calendar = await startCalendar()
    const path = join(scratch(), "file")
    writeFileSync(path, "stamped by others\n")
    const stamped = await ots("stamp", "--calendar", calendar.url, "-m", "1", path)
    expect(stamped).toMatchObject({ code: 0 })
    const stamp = parseFile(readFileSync(`${path}.ots`))
    expect(Buffer.from(stamp.message)).toEqual(hash("sha256", readFileSync(path), "buffer"))
    expect(attestationsOf(stamp).map(({ attestation }) => attestation)).toEqual([
      { kind: "pending", uri: calendar.url },
    ])
  })
})
