/** kafka:up and kafka:down as their user meets them: exit codes, messages, what is left behind. */
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describeBroker } from "@assay/testkit/kafka"
import { afterAll, describe, expect, it } from "vitest"
import { HOST } from "../../kafka/layout.ts"
import { freePorts, requireFree } from "../../kafka/ports.ts"
import { javaRelease } from "../../local/java.ts"
import { runningPid, waitGone } from "../../local/process.ts"

const scratch = mkdtempSync(join(tmpdir(), "assay-kafka-commands-"))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const run = (name: "up" | "down", argv: ReadonlyArray<string>, env: Record<string, string> = {}) => {
  const file = fileURLToPath(new URL(`../../kafka/${name}.ts`, import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...argv], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  })
  return { status, stdout, stderr }
}

describe("a call that cannot work", () => {
  const data = join(scratch, "never")

  it.each<[argv: ReadonlyArray<string>, env: Record<string, string>, says: RegExp]>([
    [["--nodes", "2"], {}, /--nodes takes 1 or 3, not "2"/],
    [["--port", "70000"], {}, /--port takes a whole number from 1 to 65500, not "70000"/],
    [[], { ASSAY_KAFKA_PORT: "x" }, /ASSAY_KAFKA_PORT takes a whole number/],
    [["--heap", "lots"], {}, /--heap takes a size like 512m/],
    [["--users", "a"], {}, /--users has a meaning only with --secure/],
    [["--colour"], {}, /there is no option '--colour'; npm run kafka:up -- --help/],
    [[], { JAVA_HOME: scratch }, /does not run .*: install Java 17 or newer/],
    // Java is found by JAVA_HOME's shim below, Maven is not on this path.
    [[], { JAVA_HOME: join(scratch, "jdk"), PATH: "", ASSAY_KAFKA_CACHE: scratch }, /mvn does not run .*install Maven/],
    [[], { JAVA_HOME: join(scratch, "old") }, /is Java 11, and Kafka needs Java 17/],
  ])("%j %j", (argv, env, says) => {
    for (const [home, version] of [
      ["jdk", "17.0.1"],
      ["old", "11.0.2"],
    ] as const) {
      mkdirSync(join(scratch, home, "bin"), { recursive: true })
      const script = `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`
      writeFileSync(join(scratch, home, "bin", "java"), script, { mode: 0o755 })
    }
    const { status, stdout, stderr } = run("up", ["--data", data, ...argv], env)
    expect(stderr).toMatch(says)
    expect([status, stdout, existsSync(data)]).toEqual([2, "", false])
  })

  it("has a help page", () => {
    expect(run("up", ["--help"]).stdout).toMatch(/--nodes 1\|3/)
    expect(run("down", ["--help"]).stdout).toMatch(/--wipe/)
  })

  it("deletes nothing that is no cluster", () => {
    writeFileSync(join(scratch, "precious"), "x")
    expect(run("down", ["--data", scratch, "--wipe"]).status).toBe(0)
    expect(existsSync(join(scratch, "precious"))).toBe(true)
  })
})

it("reads the versions that Java gives itself", () => {
  expect(javaRelease('openjdk version "17.0.15" 2025-04-15')).toBe(17)
  expect(javaRelease('openjdk version "25" 2025-09-16')).toBe(25)
  expect(javaRelease('java version "1.8.0_402"')).toBe(8)
  expect(javaRelease("something else")).toBeNull()
})

describeBroker("kafka:up and kafka:down", () => {
  it("start, start again, stop, stop again", { timeout: 120_000 }, async () => {
    const data = join(scratch, "one")
    const port = await freePorts(4)
    const up = ["--data", data, "--port", String(port), "--json"]
    try {
      const first = run("up", up)
      expect([first.status, first.stderr]).toEqual([0, ""])
      const { brokers, nodes, clusterId } = JSON.parse(first.stdout)
      expect(brokers).toEqual([`${HOST}:${port}`])
      expect(JSON.parse(run("up", up).stdout)).toMatchObject({ nodes, clusterId })

      const other = run("up", ["--data", data, "--port", String(port + 2)])
      expect([other.status, other.stderr]).toEqual([2, expect.stringMatching(/runs on port .* kafka:down/)])
      const three = run("up", ["--data", data, "--port", String(port), "--nodes", "3"])
      expect([three.status, three.stderr]).toEqual([2, expect.stringMatching(/holds a cluster of 1 node/)])
      const taken = run("up", ["--data", join(scratch, "two"), "--port", String(port)])
      expect([taken.status, taken.stderr]).toEqual([2, expect.stringContaining(`port ${port} is taken`)])
      expect(existsSync(join(scratch, "two"))).toBe(false)
    } finally {
      const down = ["--data", data, "--json"]
      expect(JSON.parse(run("down", down).stdout).nodes).toEqual([{ id: 1, end: "clean" }])
      expect(JSON.parse(run("down", [...down, "--wipe"]).stdout)).toMatchObject({
        nodes: [{ id: 1, end: "idle" }],
        wiped: true,
      })
    }
    expect(existsSync(data)).toBe(false)
    expect(run("down", ["--data", data]).status).toBe(0)
  })

  it("leave no broker behind when the program that it is tied to is killed", { timeout: 120_000 }, async () => {
    const dataDir = join(scratch, "tied")
    const options = JSON.stringify({ dataDir, basePort: await freePorts(2), tied: true })
    const module = JSON.stringify(new URL("../../kafka/cluster.ts", import.meta.url))
    const code = `const { startCluster } = await import(${module}); const { nodes } = await startCluster(${options}); console.log(nodes[0].pid); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] })
    const pid = Number(String(await once(child.stdout, "data")))
    const node = {
      pidFile: join(dataDir, "node-1", "broker.pid"),
      propertiesFile: join(dataDir, "node-1", "server.properties"),
    }
    expect(await runningPid(node)).toBe(pid)
    child.kill("SIGKILL")
    expect(await waitGone(node, 20_000)).toBe(true)
  })

  it("say by its log how a broker died", { timeout: 120_000 }, async () => {
    const port = await freePorts(2)
    const { status, stderr } = run("up", ["--data", join(scratch, "small"), "--port", String(port), "--heap", "1m"])
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/died while starting \(.*\); its log .* ends:\n.*heap/is),
    ])
    await requireFree(port)
  })
})
