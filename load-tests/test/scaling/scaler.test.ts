import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { chartSettings } from "../../src/scaling/main.ts"
import { faster, Scaler, wantedFor } from "../../src/scaling/scaler.ts"

const SETTINGS = chartSettings(4, 100)

describe("what lag asks for", () => {
  it.each([
    ["nothing waits", [0, 0, 0, 0], 2, 1],
    ["the markers of transactions alone", [1, 1, 1, 1], 1, 1],
    ["as much as two may have", [50, 50, 50, 50], 2, 2],
    ["a little more than that", [54, 54, 54, 54], 2, 2],
    ["half as much again", [75, 75, 75, 75], 2, 3],
    ["far more than there are partitions for", [9_000, 0, 0, 0], 2, 4],
  ])("%s", (_name, lag, current, wanted) => {
    expect(wantedFor(lag, current, SETTINGS)).toBe(wanted)
  })

  it("a threshold below the number of partitions never lets go: markers are lag", () => {
    expect(wantedFor([1, 1, 1, 1], 4, { ...SETTINGS, lagThreshold: 1 })).toBe(4)
    expect(SETTINGS.minReplicas).toBeGreaterThan(0)
  })
})

describe("the scaler", () => {
  it("goes up in steps", () => {
    const scaler = new Scaler(SETTINGS)
    expect(scaler.decide(0, [400, 0, 0, 0], 1)).toBe(3)
    expect(scaler.decide(15, [400, 0, 0, 0], 3)).toBe(3)
    expect(scaler.decide(61, [400, 0, 0, 0], 3)).toBe(4)
  })

  it("goes down only when nobody in the window asked for more, one at a time", () => {
    const scaler = new Scaler(SETTINGS)
    expect(scaler.decide(0, [100, 100, 100, 100], 4)).toBe(4)
    expect(scaler.decide(200, [0, 0, 0, 0], 4)).toBe(4)
    expect(scaler.decide(301, [0, 0, 0, 0], 4)).toBe(3)
    expect(scaler.decide(310, [0, 0, 0, 0], 3)).toBe(3)
    expect(scaler.decide(430, [0, 0, 0, 0], 3)).toBe(2)
  })

  it("never goes to zero", () => {
    const scaler = new Scaler(SETTINGS)
    expect(scaler.decide(1_000, [0, 0, 0, 0], 1)).toBe(1)
  })

  it("does the same in less time where time is divided", () => {
    const scaler = new Scaler(faster(SETTINGS, 10))
    scaler.decide(0, [100, 100, 100, 100], 4)
    expect(scaler.decide(20, [0, 0, 0, 0], 4)).toBe(4)
    expect(scaler.decide(30.1, [0, 0, 0, 0], 4)).toBe(3)
  })

  it("has the numbers and the steps of the chart", () => {
    const chart = (file: string): string =>
      readFileSync(join(import.meta.dirname, "../../../infra/kubernetes/chart", file), "utf8")
    const values = chart("values.yaml")
    const { up, down, minReplicas, maxReplicas, pollingInterval } = SETTINGS
    for (const line of [
      `minReplicas: ${minReplicas}`,
      `maxReplicas: ${maxReplicas}`,
      `pollingIntervalSeconds: ${pollingInterval}`,
      `scaleUp: { pods: ${up.pods}, periodSeconds: ${up.period}, windowSeconds: 0 }`,
      `scaleDown: { pods: ${down.pods}, periodSeconds: ${down.period}, windowSeconds: ${down.stabilization} }`,
    ])
      expect(values.split("\nkeda:").at(-1)).toContain(`\n  ${line}\n`)
    const template = chart("templates/keda.yaml")
    for (const steps of ["scaleUp", "scaleDown"])
      expect(template).toMatch(
        new RegExp(
          `${steps}:\\s+stabilizationWindowSeconds: {{ \\$k.${steps}.windowSeconds }}\\s+policies: \\[{ type: Pods, value: {{ \\$k.${steps}.pods }}, periodSeconds: {{ \\$k.${steps}.periodSeconds }} }\\]`,
        ),
      )
    expect(template).toContain('allowIdleConsumers: "false"')
  })
})
