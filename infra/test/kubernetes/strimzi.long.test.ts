/** The topics and users that `assay topics strimzi` writes are resources as Strimzi's own definitions have them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ROLES } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { afterAll, describe, expect, it } from "vitest"
import { type Manifest, manifestsOf } from "../../kubernetes/helm.ts"
import { refusedOf } from "./custom-resources.ts"

const CHART = join(import.meta.dirname, "../../kubernetes/chart/principals")
const cwd = mkdtempSync(join(tmpdir(), "assay-strimzi-"))
afterAll(() => rmSync(cwd, { recursive: true }))

const written = async (...args: ReadonlyArray<string>): Promise<ReadonlyArray<Manifest>> => {
  const { code, out, err } = await assay(["topics", "strimzi", "--cluster", "main", ...args], { cwd, env: {} })
  expect(code, err).toBe(0)
  return manifestsOf(out)
}

describe("assay topics strimzi", () => {
  it.each([
    ["as the guide calls it", ["--prefix", "plant1.", "--partitions", "24"]],
    ["with a prefix that no resource can have", ["--prefix", "Plant_1.", "--replication", "1"]],
    ["without one, with times of its own", ["--retention", "submitted=12h,outputs=forever"]],
  ])("writes what Strimzi takes: %s", async (_what, args) => {
    const all = await written("--principals", CHART, ...args)
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(["KafkaTopic", "KafkaUser"]))
    expect(all.flatMap(refusedOf)).toEqual([])
  })

  it.each([
    ["three brokers", []],
    ["one", ["--replication", "1"]],
    ["six, with disks of a class", ["--brokers", "6", "--storage", "2Ti", "--storage-class", "fast"]],
  ])("writes the cluster itself as Strimzi takes it: %s", async (_what, args) => {
    const all = await written("--kafka", "--principals", CHART, ...args)
    expect(all.slice(0, 3).map(({ kind }) => kind)).toEqual(["KafkaNodePool", "KafkaNodePool", "Kafka"])
    expect(all.flatMap(refusedOf)).toEqual([])
    // All of them belong to it.
    for (const { kind, metadata } of all)
      expect(metadata.labels?.["strimzi.io/cluster"]).toBe(kind === "Kafka" ? undefined : "main")
    const kafka = all.find(({ kind }) => kind === "Kafka")!
    expect(kafka.metadata.name).toBe("main")
    expect(refusedOf({ ...kafka, spec: { ...kafka.spec, zookeeper: {} } })).toHaveLength(1)
  })

  it("writes it for every role that there is", async () => {
    const file = join(cwd, "principals")
    writeFileSync(
      file,
      Object.keys(ROLES)
        .map((role) => `${role}=User:${role}\n`)
        .join(""),
    )
    const users = (await written("--principals", file)).filter(({ kind }) => kind === "KafkaUser")
    expect(users).toHaveLength(Object.keys(ROLES).length)
    expect(users.flatMap(refusedOf)).toEqual([])
    const [first] = users
    expect(refusedOf({ ...first!, spec: { ...first!.spec, quota: {} } })).toHaveLength(1)
  })
})
