/** What the chart's pods ask for is what measured costs say for the fleet that the guide names, and the guide says what they ask for. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { needOf, readMeasured } from "@assay/cli/capacity"
import { SERVICE_NAMES } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"

const ROOT = join(import.meta.dirname, "../../..")
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8")

interface Values {
  readonly kafka: { readonly partitions: number; readonly replication: number }
  readonly services: Readonly<Record<string, { readonly replicas: number }>>
  readonly resources: {
    readonly requests: { readonly cpu: string; readonly memory: string }
    readonly limits: { readonly memory: string }
  }
}

const OWN = parse(read("infra/kubernetes/chart/values.yaml")) as Values
const valuesOf = (file: string): Values => {
  const more = parse(read(`infra/kubernetes/chart/${file}`)) as Values
  return { ...OWN, ...more, kafka: { ...OWN.kafka, ...more.kafka } }
}

const coresOf = (cpu: string): number => (cpu.endsWith("m") ? Number(cpu.slice(0, -1)) / 1_000 : Number(cpu))
const UNITS: Readonly<Record<string, number>> = { Mi: 2 ** 20, Gi: 2 ** 30 }
const bytesOf = (memory: string): number => Number(memory.slice(0, -2)) * UNITS[memory.slice(-2)]!

const guide = read("docs/guides/kubernetes.md")
const rows = [
  ...guide.matchAll(/^\| `(values\S*\.yaml)` \| (\d+), (\d+) \| (\S+), (\S+); (\S+) \| ([\d,]+)[^|]*\|$/gm),
].map(([, file, instances, partitions, cpu, memory, limit, devices]) => ({
  ...{ file: file!, cpu: cpu!, memory: memory!, limit: limit! },
  instances: Number(instances),
  partitions: Number(partitions),
  devices: Number(devices!.replaceAll(",", "")),
}))

it("the guide has a row for each set of values that sets resources", () => {
  expect(rows.map(({ file }) => file)).toEqual(["values-small.yaml", "values.yaml", "values-production.yaml"])
})

describe.each(rows)("$file", ({ file, instances, partitions, cpu, memory, limit, devices }) => {
  const values = valuesOf(file)

  it("asks for what the guide says", () => {
    const { requests, limits } = values.resources
    expect([requests.cpu, requests.memory, limits.memory]).toEqual([cpu, memory, limit])
    expect(values.kafka.partitions).toBe(partitions)
    expect(Object.keys(values.services).sort()).toEqual(Object.values(SERVICE_NAMES).sort())
    for (const { replicas } of Object.values(values.services)) expect(replicas).toBe(instances)
  })

  const measured = readMeasured(null)
  const neededBy = (fleet: number) =>
    needOf(measured, {
      ...{ devices: fleet, rate: 1 / 60, retention: 30, topology: "staged", replicas: values.kafka.replication },
      ...{ use: 1, partitions, instances },
    })

  it("has each instance ask for the cores that it needs, and not for many times as many", () => {
    const busiest = (fleet: number): number => Math.max(...Object.values(neededBy(fleet).coresByService)) / instances
    expect(busiest(devices)).toBeLessThanOrEqual(coresOf(cpu))
    expect(busiest(devices)).toBeGreaterThan(coresOf(cpu) / 4)
  })

  it("leaves room for the process and for all states, should the other instances be gone", () => {
    const { device, process } = measured
    expect(process.memory + devices * device.memory).toBeLessThanOrEqual(bytesOf(limit))
  })
})
