/** Rows on a real broker, read as the guide's own programs read them: Java, Python and kcat. */
import { spawnSync } from "node:child_process"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import type { Log } from "@assay/log"
import { encodeAssayed, schemaOf } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { createTestLog, describeKafka, PARTITIONS, type TestLog, testCluster } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import type { RowFormat } from "../../src/readings/format.ts"
import { startReadings } from "../../src/readings/start.ts"
import { decidedWith, reading } from "../readings/support.ts"
import { testDir } from "../support.ts"
import { recipe } from "./files.ts"
import { prepareJava } from "./java.ts"
import { pythonOrSay, runPythonFile, startPython } from "./python.ts"

const STEP_MS = 600_000
const WAIT = { timeout: 120_000, interval: 200 }
const MESSAGES = 40

const STREAMS_NEEDED = [
  STREAMS.verified,
  STREAMS.annotated,
  STREAMS.quarantined,
  STREAMS.readingsVerified,
  STREAMS.readingsAnnotated,
  STREAMS.readingsQuality,
]

describeKafka("rows of readings on a broker, as the guide reads them", () => {
  const logs: Array<TestLog> = []

  /** @returns broker and topic */
  const made = async (format: RowFormat): Promise<readonly [broker: string, topic: string]> => {
    const { client } = await testCluster()
    const brokers = client.brokers as Array<string>
    const kafka = await createTestLog(brokers, STREAMS_NEEDED)
    logs.push(kafka)
    const log: Log = await kafka.open()
    for (let offset = 0; offset < MESSAGES; offset++) {
      const partition = offset % PARTITIONS
      const message = decidedWith(offset, {}, [reading("a", { value: offset / 4 })], {
        origin: { epoch: 1, partition, offset },
      })
      await log.append({ stream: STREAMS.verified, partition }, [
        { key: Buffer.from(message.key), value: encodeAssayed(message) },
      ])
    }
    const running = await startReadings({
      log: await kafka.open(),
      wanted: "verified",
      format,
      gather: { ms: 20, records: 8 },
      onProblem: (what, cause) => expect.unreachable(`${what}: ${String(cause)}`),
    })
    await running.settled()
    await running.stop()
    return [brokers[0]!, kafka.settings.prefix + STREAMS.readingsVerified]
  }
  let avro: readonly [broker: string, topic: string]
  beforeAll(async () => {
    avro = await made("avro")
  }, STEP_MS)
  afterAll(async () => {
    for (const log of logs) await log.destroy()
  })

  const schemaIn = (dir: string): string => {
    const path = join(dir, "row.avsc")
    writeFileSync(path, JSON.stringify(schemaOf("reading-row")))
    return path
  }
  const VALUES = Array.from({ length: MESSAGES }, (_, offset) => offset / 4).toSorted()

  it("Java has each row", { timeout: STEP_MS }, async ({ skip }) => {
    const java = prepareJava()
    if (typeof java === "string") {
      process.stderr.write(`\nSKIPPED in streams.long.test.ts: ${java}\n`)
      return skip(java)
    }
    const dir = testDir()
    java.compile(fileURLToPath(new URL("../../../../docs/guides/data-platforms/Readings.java", import.meta.url)), dir)
    const child = java.start(dir, "Readings", [avro[0], schemaIn(dir), avro[1]])
    try {
      let said = ""
      child.stdout!.setEncoding("utf8").on("data", (text: string) => {
        said += text
      })
      const values = () =>
        said
          .split("\n")
          .slice(0, -1)
          .map((line) => Number(line.split(" ").at(-1)))
      await vi.waitFor(() => expect(values()).toHaveLength(MESSAGES), WAIT)
      expect(values().toSorted()).toEqual(VALUES)
    } finally {
      child.kill("SIGKILL")
    }
  })

  it("Python has each row in its table", { timeout: STEP_MS }, async ({ skip }) => {
    const missing = pythonOrSay("streams.long.test.ts")
    if (missing !== null) return skip(missing)
    const dir = testDir()
    writeFileSync(join(dir, "readings.py"), recipe("readings.py"))
    const child = startPython(["readings.py", avro[0], avro[1], schemaIn(dir), "out.db"], dir)
    try {
      const values = (): ReadonlyArray<number> => {
        if (!existsSync(join(dir, "out.db"))) return []
        const db = new DatabaseSync(join(dir, "out.db"), { readOnly: true })
        try {
          return db
            .prepare("SELECT value FROM readings")
            .all()
            .map(({ value }) => Number(value))
        } finally {
          db.close()
        }
      }
      await vi.waitFor(() => expect(values()).toHaveLength(MESSAGES), WAIT)
      expect(values().toSorted()).toEqual(VALUES)
    } finally {
      child.kill("SIGKILL")
    }
  })

  it("kcat has each row as a line of JSON", { timeout: STEP_MS }, async ({ skip }) => {
    if (spawnSync("kcat", ["-V"]).status !== 0) {
      process.stderr.write("\nSKIPPED in streams.long.test.ts: kcat is not installed (infra/ci/packages.sh)\n")
      return skip("kcat is not installed")
    }
    const [broker, topic] = await made("json")
    // As in the guide.
    const args = ["-b", broker, "-C", "-t", topic, "-X", "isolation.level=read_committed", "-o", "beginning", "-e"]
    const { status, stdout } = spawnSync("kcat", args, { encoding: "utf8" })
    expect(status).toBe(0)
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly value: number; readonly originOffset: number })
    expect(rows.map(({ value }) => value).toSorted()).toEqual(VALUES)
    expect(new Set(rows.map(({ originOffset }) => originOffset)).size).toBe(MESSAGES)
  })

  it("the gate for pipelines passes what is good, and stops on what is not", { timeout: STEP_MS }, ({ skip }) => {
    const missing = pythonOrSay("streams.long.test.ts")
    if (missing !== null) return skip(missing)
    const dir = testDir()
    writeFileSync(join(dir, "quality_gate.py"), recipe("quality_gate.py"))
    writeFileSync(join(dir, "quality.avsc"), JSON.stringify(schemaOf("quality-row")))
    const topic = avro[1].replace(STREAMS.readingsVerified, STREAMS.readingsQuality)
    const gate = (...args: ReadonlyArray<string>) =>
      runPythonFile(["quality_gate.py", avro[0], "quality.avsc", "--topic", topic, "--minutes", "60", ...args], dir)
    const named = gate("--age", "1000000000")
    expect(named).toMatchObject({ status: 0, stdout: "" })
    const stopped = gate("--age", "1000000000", "--expect", "pump/nowhere")
    expect(stopped).toMatchObject({ status: 1, stdout: "pump/nowhere: nothing came\n" })
    // The messages of the test are of a year ago.
    expect(gate()).toMatchObject({ status: 1, stdout: expect.stringMatching(/: nothing new for \d+ s\n$/) })
    expect(gate("--age", "1000000000", "--verified", "1.1").stdout).toContain("100.0% is verified")
  })
})
