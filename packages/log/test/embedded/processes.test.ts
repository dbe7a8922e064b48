/** More than one process on a data directory: killed writers, rival writers, readers beside the writer. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { readAll } from "../../src/contract/contract.ts"
import { openEmbedded } from "../../src/embedded/open.ts"
import { DataDirError } from "../../src/errors.ts"

const at = { stream: "in", partition: 0 }
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "assay-log-"))
})
afterEach(() => rmSync(dir, { recursive: true }))

const start = (mode: "write" | "follow" | "open" | "reopen" | "hold") => {
  const script = fileURLToPath(new URL("child.ts", import.meta.url))
  const child = spawn(process.execPath, [script, mode, dir], { stdio: ["pipe", "pipe", "inherit"] })
  return { child, lines: createInterface({ input: child.stdout }), exited: once(child, "exit") }
}

const record = (key: string) => ({ key: Buffer.from(key), value: Buffer.from(key) })

describe("a writer that is killed", () => {
  it("loses nothing acknowledged, repeats nothing, and leaves no half commit", async () => {
    for (let round = 0; round < 6; round++) {
      const { child, lines, exited } = start("write")
      const acknowledged = { appended: -1, committed: 0 }
      // A different point in each round: between these lines the child is always in the middle of something.
      let left = 20 + ((round * 37) % 61)
      for await (const line of lines) {
        const [what, number] = line.split(" ") as ["appended" | "committed", string]
        acknowledged[what] = Number(number)
        if (--left === 0) child.kill("SIGKILL")
      }
      await exited
      expect(left).toBeLessThanOrEqual(0)

      const log = await openEmbedded({ dir })
      const keys = async (stream: string) =>
        (await readAll(log, { stream, partition: 0 })).map(({ key }) => Number(Buffer.from(key)))
      const position = await log.position("g", at)
      const submitted = await keys("in")
      expect(submitted).toEqual(Array.from({ length: submitted.length }, (_, n) => n))
      expect(submitted.length).toBeGreaterThan(acknowledged.appended)
      expect(position).toBeGreaterThanOrEqual(acknowledged.committed)
      expect(await keys("out")).toEqual(submitted.slice(0, position))
      expect(await keys("state")).toEqual(submitted.slice(0, position))
      await log.close()
    }
  })
})

describe("a writer beside which readers are opened", () => {
  it("loses nothing acknowledged, and goes on", { timeout: 60_000 }, async () => {
    await (await openEmbedded({ dir, partitions: 1 })).close()
    const { child, lines, exited } = start("write")
    let acknowledged = -1
    lines.on("line", (line) => {
      const [what, number] = line.split(" ")
      if (what === "appended") acknowledged = Number(number)
    })
    const reader = start("reopen")
    expect(await reader.exited).toEqual([0, null])
    expect(child.exitCode).toBeNull()
    expect(child.signalCode).toBeNull()
    child.kill("SIGKILL")
    await exited
    const log = await openEmbedded({ dir })
    const submitted = (await readAll(log, at)).map(({ key }) => Number(Buffer.from(key)))
    expect(submitted).toEqual(Array.from({ length: submitted.length }, (_, n) => n))
    expect(submitted.length).toBeGreaterThan(Math.max(100, acknowledged))
    await log.close()
  })
})

describe("a disk that is full", () => {
  it("fails the commit as a whole; what was acknowledged stays, and work goes on once there is room", async () => {
    const script = fileURLToPath(new URL("child.ts", import.meta.url))
    // Files of this process may not grow beyond 4 MiB (ulimit counts blocks of 512 bytes or of 1 KiB).
    const command = `ulimit -f 4096; exec "$0" "$1" fill "$2"`
    const child = spawn("sh", ["-c", command, process.execPath, script, dir], { stdio: ["ignore", "pipe", "ignore"] })
    const lines: Array<string> = []
    for await (const line of createInterface({ input: child.stdout })) lines.push(line)
    const [refusal, reported] = lines
    expect(refusal).toBe("StorageError")
    const count = Number(/^position (\d+) of/.exec(reported ?? "")?.[1])
    expect(count).toBeGreaterThan(1)
    expect(reported).toBe(`position ${count} of ${count}, end ${count}`)

    const log = await openEmbedded({ dir })
    expect(await log.position("g", at)).toBe(count)
    for (const stream of ["in", "state"]) {
      const records = await readAll(log, { stream, partition: 0 })
      expect(records.map(({ key }) => Number(Buffer.from(key)))).toEqual(Array.from({ length: count }, (_, n) => n))
    }
    await log.commit(0, { group: "g", stream: "in", from: count, next: count + 1, outputs: [] })
    await log.close()
  })
})

describe("two writers", () => {
  it("the second is refused, in this process and in another, until the first has closed", async () => {
    const log = await openEmbedded({ dir })
    await expect(openEmbedded({ dir })).rejects.toThrow(DataDirError)
    await expect(openEmbedded({ dir })).rejects.toThrow(/another writer.*read-only/)
    const rival = start("open")
    const [line] = await once(rival.lines, "line")
    expect(line).toMatch(/^DataDirError: .* is open in another writer/)
    await rival.exited
    await log.append(at, [record("still mine")])
    await log.close()
    const heir = start("open")
    expect(await once(heir.lines, "line")).toEqual(["opened"])
    await heir.exited
  })
})

describe("two writers whose lock was deleted", () => {
  const said = async (lines: ReturnType<typeof start>["lines"]): Promise<string> =>
    ((await once(lines, "line")) as [string])[0]

  it.each([
    ["the lock of the directory", ["assay.lock"]],
    ["all lock files", ["assay.lock", ...Array.from({ length: 4 }, (_, n) => `p00${n}/lock.mdb`)]],
  ])("%s: only the second goes on, and nothing of it is lost", async (_, files) => {
    const first = start("hold")
    expect(await said(first.lines)).toBe("opened")
    first.child.stdin.write("a\n")
    expect(await said(first.lines)).toBe("appended 0")
    for (const file of files) rmSync(join(dir, file))
    const second = start("hold")
    expect(await said(second.lines)).toBe("opened")
    for (let n = 1; n <= 3; n++) {
      second.child.stdin.write("b\n")
      expect(await said(second.lines)).toBe(`appended ${n}`)
      first.child.stdin.write("c\n")
      expect(await said(first.lines)).toMatch(/^DataDirError: .*writes nothing more/)
    }
    for (const { child, exited } of [first, second]) {
      child.stdin.end()
      await exited
    }
    const log = await openEmbedded({ dir })
    expect((await readAll(log, at)).map(({ key }) => Buffer.from(key).toString())).toEqual(["a", "b", "b", "b"])
    await log.close()
  })
})

describe("the files of a log", () => {
  it("are their owner's alone, whatever the umask", async () => {
    const script = fileURLToPath(new URL("child.ts", import.meta.url))
    const inner = join(dir, "made")
    const child = spawn("sh", ["-c", 'umask 0; exec "$0" "$1" hold "$2"', process.execPath, script, inner])
    await once(createInterface({ input: child.stdout }), "line")
    const exited = once(child, "exit")
    const paths = [inner, ...readdirSync(inner, { recursive: true }).map((name) => join(inner, String(name)))]
    expect(paths.length).toBeGreaterThan(10)
    for (const path of paths) expect([path, statSync(path).mode & 0o077]).toEqual([path, 0])
    child.stdin.end()
    await exited
  })
})

describe("a reader beside the writer", () => {
  it("follows from another process", async () => {
    const log = await openEmbedded({ dir })
    await log.append(at, [record("before")])
    const { lines, exited } = start("follow")
    const seen: Array<string> = []
    for await (const line of lines) {
      seen.push(line)
      if (line === "ready") await log.append(at, [record("one"), record("two")])
      if (line === "read two") await log.append(at, [record("end")])
    }
    await exited
    expect(seen).toEqual(["ready", "read before", "read one", "read two", "read end"])
    await log.close()
  })

  it("reads in the same process, sees what is new, and may not write", async () => {
    const log = await openEmbedded({ dir, partitions: 1 })
    await log.append(at, [record("a")])
    const reader = await openEmbedded({ dir, readOnly: true })
    const woken = reader.waitFor(at, 1, new AbortController().signal)
    await log.append(at, [record("b")])
    await woken
    expect(await readAll(reader, at)).toEqual(await readAll(log, at))
    expect(await reader.bounds(at)).toEqual(await log.bounds(at))
    await expect(reader.append(at, [record("c")])).rejects.toThrow(/read-only/)
    await expect(reader.cells.swap(0, "x", null, Buffer.from("c"))).rejects.toThrow(/read-only/)
    await reader.close()
    await log.append(at, [record("d")])
    expect(await readAll(log, at)).toHaveLength(3)
    await log.close()
  })
})
