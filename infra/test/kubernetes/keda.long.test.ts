/** How the chart has KEDA set the number of instances: by what the code, the metrics and the roles say. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { ROLES, STAGE_STREAMS } from "@assay/streams"
import { INSTRUMENTS, promLabel, promName } from "@assay/telemetry"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { hasHelm, type Manifest, manifestsOf, render } from "../../kubernetes/helm.ts"
import { selectorsOf } from "../observability/promql.ts"
import { isCustom, refusedOf } from "./custom-resources.ts"
import { principals } from "./principals.ts"

const GUIDE = join(import.meta.dirname, "../../../docs/guides/kubernetes.md")

interface Trigger {
  readonly type: string
  readonly metricType?: string
  readonly useCachedMetrics?: boolean
  readonly metadata: Readonly<Record<string, string>>
  readonly authenticationRef?: { readonly name: string }
}

const scaledIn = (all: ReadonlyArray<Manifest>): ReadonlyArray<Manifest> =>
  all.filter(({ kind }) => kind === "ScaledObject")
const triggersOf = (all: ReadonlyArray<Manifest>, service: string): ReadonlyArray<Trigger> =>
  scaledIn(all).find(({ metadata }) => metadata.name === `plant-${service}`)!.spec.triggers

describe.skipIf(!hasHelm())("the chart's scaling", () => {
  const production = render({ values: "production" })

  it("is by the entries of each service's own group on its own input, never to zero, never beyond the partitions", () => {
    expect(scaledIn(production)).toHaveLength(STAGES.length)
    for (const stage of STAGES) {
      const [trigger] = triggersOf(production, SERVICE_NAMES[stage])
      expect(trigger).toMatchObject({
        type: "kafka",
        useCachedMetrics: true,
        metadata: {
          consumerGroup: `plant1.${SERVICE_NAMES[stage]}`,
          topic: `plant1.${STAGE_STREAMS[stage].input}`,
          lagThreshold: "2000",
          allowIdleConsumers: "false",
          tls: "enable",
          sasl: "scram_sha512",
        },
        authenticationRef: { name: "assay-keda" },
      })
    }
    for (const { spec } of scaledIn(production)) {
      expect(spec.minReplicaCount).toBeGreaterThan(0)
      expect(spec.cooldownPeriod).toBeUndefined()
    }
    const many = render({ values: "production", set: { "keda.maxReplicas": "100", "keda.lagThreshold": "1000000" } })
    for (const { spec } of scaledIn(many)) {
      expect(spec.maxReplicaCount).toBe(24)
      expect(spec.triggers[0].metadata.lagThreshold).toBe("1000000")
    }
    // A fixed number of replicas would undo what the scaler did at each upgrade.
    for (const { kind, spec } of many) if (kind === "Deployment") expect(spec.replicas).toBeUndefined()
  })

  it("is by the seconds that the oldest entry waits too, where it is said who has the metrics", () => {
    for (const stage of STAGES) {
      const [, trigger] = triggersOf(production, SERVICE_NAMES[stage])
      // An age is the same however many instances there are, so it is no average of theirs.
      expect(trigger).toMatchObject({ type: "prometheus", metricType: "Value", useCachedMetrics: true })
      expect(trigger!.metadata).toEqual({
        serverAddress: "http://prometheus-operated.monitoring.svc:9090",
        query: `max(assay_consumer_lag_time_seconds{job="assay",group="${SERVICE_NAMES[stage]}"})`,
        threshold: "10",
        ignoreNullValues: "false",
      })
      const [selector] = selectorsOf(trigger!.metadata.query!)
      expect(selector!.metric).toBe(promName(INSTRUMENTS.lagTime))
      expect(INSTRUMENTS.lagTime.labels.map(promLabel)).toContain("group")
    }
    const without = render({ values: "production", set: { "keda.prometheus.serverAddress": '""' } })
    for (const { spec } of scaledIn(without)) expect(spec.triggers).toHaveLength(1)
    const own = render({
      values: "production",
      set: {
        "keda.prometheus": JSON.stringify({
          serverAddress: "https://thanos.example",
          lagSeconds: 30,
          matchers: 'job="assay",namespace="plant"',
          authentication: "thanos",
          authModes: "bearer",
        }),
      },
    })
    expect(triggersOf(own, "integrity-hasher")[1]).toMatchObject({
      metadata: {
        query: 'max(assay_consumer_lag_time_seconds{job="assay",namespace="plant",group="integrity-hasher"})',
        threshold: "30",
        authModes: "bearer",
      },
      authenticationRef: { name: "thanos" },
    })
    expect(scaledIn(own).flatMap(refusedOf)).toEqual([])
    const bare = render({ values: "production", set: { "keda.prometheus.matchers": '""' } })
    expect(triggersOf(bare, "integrity-hasher")[1]!.metadata.query).toBe(
      'max(assay_consumer_lag_time_seconds{group="integrity-hasher"})',
    )
  })

  it("goes up in steps and down slowly, as the values say", () => {
    const behaviorOf = (all: ReadonlyArray<Manifest>) =>
      scaledIn(all)[0]!.spec.advanced.horizontalPodAutoscalerConfig.behavior
    expect(behaviorOf(production)).toEqual({
      scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: "Pods", value: 2, periodSeconds: 60 }] },
      scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: "Pods", value: 1, periodSeconds: 120 }] },
    })
    const set = {
      "keda.scaleUp.windowSeconds": "30",
      "keda.scaleDown.windowSeconds": "900",
      "keda.scaleDown.pods": "2",
    }
    expect(behaviorOf(render({ values: "production", set }))).toMatchObject({
      scaleUp: { stabilizationWindowSeconds: 30 },
      scaleDown: { stabilizationWindowSeconds: 900, policies: [{ value: 2 }] },
    })
  })

  it.each([
    ["plain", "plaintext"],
    ["scram-sha-256", "scram_sha256"],
  ])("logs in by %s as KEDA calls it, %s, and not at all without an authentication", (mechanism, sasl) => {
    const set = { "kafka.sasl.mechanism": JSON.stringify(mechanism) }
    const [trigger] = triggersOf(render({ values: "production", set }), "integrity-hasher")
    expect(trigger!.metadata.sasl).toBe(sasl)
    const without = render({ values: "production", set: { ...set, "keda.authentication": '""' } })
    const [other] = triggersOf(without, "integrity-hasher")
    expect(other!.metadata.sasl).toBeUndefined()
    expect(other!.authenticationRef).toBeUndefined()
  })

  it.each([
    ["keda.minReplicas", "0", "minReplicas"],
    ["keda.cooldownSeconds", "300", "cooldownSeconds"],
    ["keda.scaleDown.windowSeconds", "7200", "windowSeconds"],
    ["keda.prometheus.serverAddress", '"prometheus:9090"', "serverAddress"],
  ])("refuses %s = %s, and names it", (key, value, says) => {
    expect(() => render({ values: "production", set: { [key]: value } })).toThrow(says)
  })
})

describe("the scaler's user", () => {
  it("is in the principals, with a role that sees each service's group and reads no record", () => {
    expect(principals().get("assay-keda")).toEqual(["scaler"])
    expect(ROLES["scaler"]).toMatchObject({ read: [], write: [], cells: "none", administers: false })
    expect(ROLES["scaler"]!.sees).toEqual(STAGES.map((stage) => SERVICE_NAMES[stage]))
  })

  it("logs in by the TriggerAuthentication of the guide, which KEDA's definition takes", () => {
    const blocks = [...readFileSync(GUIDE, "utf8").matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text!)
    const all = blocks.filter((text) => text.includes("TriggerAuthentication")).flatMap(manifestsOf)
    expect(all.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([["TriggerAuthentication", "assay-keda"]])
    expect(isCustom(all[0]!)).toBe(true)
    expect(all.flatMap(refusedOf)).toEqual([])
    const parameters = all[0]!.spec.secretTargetRef.map(({ parameter }: { parameter: string }) => parameter)
    expect(parameters).toEqual(["username", "password", "ca"])
  })
})
