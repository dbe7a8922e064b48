/** The Helm chart: what Kubernetes' own types and the settings' declaration say about what it renders. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { KAFKA, refuseUnknownKafkaSettings, refuseUnknownSettings, SETTINGS } from "@assay/settings"
import { SERVICE_NAMES } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { hasHelm, lint, type Manifest, type Rendering, render } from "../../kubernetes/helm.ts"
import { excessOf, isPod, schemaProblems } from "./checks.ts"
import { containerOf, envOf, podOf, STANDBY_SET } from "./pods.ts"
import { OUTSIDE_SET, PROGRAMS_SET } from "./programs.ts"

const ROOT = join(import.meta.dirname, "../../..")
const ALL: ReadonlyArray<NonNullable<Rendering["values"]>> = ["small", "production", "managed-kafka"]
/** Those, and the production values with every program beside the services, and with files and ways out for some services. */
const EVERY = [...ALL, "programs"] as const

interface Group {
  readonly name: string
  readonly rules: ReadonlyArray<{
    readonly record?: string
    readonly alert?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }>
}

/** Those of an alert, with the summary as its labels make it. */
const annotationsOf = ({ spec }: Manifest, name: string, summary: string) => {
  const all = (spec.groups as ReadonlyArray<Group>).flatMap(({ rules }) => rules)
  return { ...all.find(({ alert }) => alert === name)!.annotations, summary }
}

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0

if (!hasHelm()) process.stderr.write("the chart is not tested: there is no helm in the PATH\n")

describe.skipIf(!hasHelm())("the chart", () => {
  const rendered = new Map<string, ReadonlyArray<Manifest>>()
  const manifestsOf = (values: (typeof EVERY)[number]): ReadonlyArray<Manifest> => {
    const how: Rendering =
      values === "programs" ? { values: "production", set: { ...PROGRAMS_SET, ...OUTSIDE_SET } } : { values }
    const found = rendered.get(values) ?? render(how)
    rendered.set(values, found)
    return found
  }

  const withStandby = (): ReadonlyArray<Manifest> => render({ values: "production", set: STANDBY_SET })

  const ANCHOR_SET = {
    "anchor.enabled": "true",
    "anchor.contract": JSON.stringify(`0x${"ab".repeat(20)}`),
    "anchor.calendars": '["https://alice.btc.calendar.opentimestamps.org"]',
    "anchor.witnessPolicy": '"witnesses"',
    "anchor.settings": '{"ASSAY_ANCHOR_INTERVAL":"3600"}',
    "networkPolicy.anchor": '[{"peers":[{"ipBlock":{"cidr":"0.0.0.0/0"}}],"port":443}]',
  }
  const withAnchor = (set: Readonly<Record<string, string>> = {}): ReadonlyArray<Manifest> =>
    render({ values: "production", set: { ...ANCHOR_SET, ...set } })

  it.each(ALL)("passes Helm's own check with the values %s", (values) => {
    expect(lint({ values })).toContain("1 chart(s) linted, 0 chart(s) failed")
  })

  it("is what the schemas of Kubernetes, KEDA and Prometheus Operator take, and has no field that they do not have", {
    timeout: 120_000,
  }, () => {
    const all = [...EVERY.flatMap(manifestsOf), ...withStandby(), ...withAnchor()]
    expect(schemaProblems(all)).toEqual([])
    for (const kind of ["ScaledObject", "PodMonitor", "PrometheusRule"])
      expect(all.some((one) => one.kind === kind)).toBe(true)
    // The check itself finds what is wrong.
    const wrong = (kind: string, field: string): Manifest => {
      const found = all.find((one) => one.kind === kind)!
      return { ...found, spec: { ...found.spec, [field]: 3 } }
    }
    const [one, other, compiled] = schemaProblems([
      wrong("Deployment", "replica"),
      wrong("ScaledObject", "pollInterval"),
      { ...wrong("Deployment", "replicas"), apiVersion: "apps/v2" },
    ])
    expect(one).toContain("apps/v2 has no schema here")
    expect(other).toContain("/spec has no field pollInterval")
    expect(compiled).toContain("does not exist in type 'DeploymentSpec'")
  })

  it.each(EVERY)("gives processes declared settings alone, and no secret as a value (%s)", (values) => {
    const secrets = SETTINGS.filter(({ secret }) => secret).map(({ key }) => key)
    for (const manifest of manifestsOf(values).filter(isPod)) {
      const env = envOf(manifest)
      expect(() => refuseUnknownSettings(env)).not.toThrow()
      expect(() => refuseUnknownKafkaSettings(env)).not.toThrow()
      expect(Object.keys(env).filter((key) => secrets.includes(key))).toEqual([])
      expect(env[KAFKA.brokers.key]).toMatch(/:\d+$/)
      // Each file that a setting names is mounted.
      const mounts = containerOf(manifest).volumeMounts.map(({ mountPath }) => mountPath)
      for (const [key, path] of Object.entries(env))
        if (path.startsWith("/etc/"))
          expect([key, mounts.some((mount) => path.startsWith(`${mount}/`))]).toEqual([key, true])
      const volumes: ReadonlyArray<string> = podOf(manifest).volumes.map(({ name }: { name: string }) => name)
      const claims = (manifest.spec.volumeClaimTemplates ?? []).map((claim: Manifest) => claim.metadata.name)
      const mounted = containerOf(manifest).volumeMounts.map(({ name }) => name)
      expect([...volumes, ...claims].sort()).toEqual([...mounted].sort())
    }
  })

  it.each(EVERY)("runs all with the least that a pod may have (%s)", (values) => {
    for (const manifest of manifestsOf(values).filter(isPod)) expect(excessOf(manifest)).toEqual([])
  })

  it("has the five services, each as itself at the brokers, and one sealer alone", () => {
    const manifests = manifestsOf("production")
    const deployments = manifests.filter(({ kind }) => kind === "Deployment")
    expect(deployments.map(({ metadata }) => metadata.name).sort()).toEqual(
      Object.values(SERVICE_NAMES)
        .map((name) => `plant-${name}`)
        .sort(),
    )
    for (const deployment of deployments) {
      const service = deployment.metadata.name.replace("plant-", "")
      expect(envOf(deployment)).toMatchObject({ KAFKA_SASL_USERNAME: `assay-${service}`, ASSAY_SEAL: "off" })
      expect(containerOf(deployment).args.slice(0, 3)).toEqual(["run", "--service", service])
    }
    const [sealer, ...more] = manifests.filter(({ kind }) => kind === "StatefulSet")
    expect(more).toEqual([])
    expect(sealer!.spec.replicas).toBe(1)
    expect(envOf(sealer!)).toMatchObject({ KAFKA_SASL_USERNAME: "assay-sealer", ASSAY_SEAL: "on" })
    expect(containerOf(sealer!).args).toContain("--data")
  })

  it("has a standby of the sealer on one volume that both may write, and asks for its class", () => {
    const manifests = withStandby()
    const [claim, ...moreClaims] = manifests.filter(({ kind }) => kind === "PersistentVolumeClaim")
    expect(moreClaims).toEqual([])
    expect(claim).toMatchObject({
      metadata: { name: "plant-sealer", annotations: { "helm.sh/resource-policy": "keep" } },
      spec: { accessModes: ["ReadWriteMany"], storageClassName: "shared-files" },
    })
    const sealer = manifests.find(({ kind }) => kind === "StatefulSet")!
    expect(sealer.spec).toMatchObject({ replicas: 2, podManagementPolicy: "Parallel" })
    expect(podOf(sealer).volumes).toContainEqual({ name: "data", persistentVolumeClaim: { claimName: "plant-sealer" } })
    expect(containerOf(sealer).volumeMounts).toContainEqual({ name: "data", mountPath: "/var/lib/assay" })
    expect(
      manifests.filter(({ kind, metadata }) => kind === "PodDisruptionBudget" && metadata.name === "plant-sealer"),
    ).toHaveLength(1)
    const { "sealer.storage.class": _, ...unnamed } = STANDBY_SET
    expect(() => render({ values: "small", set: unnamed })).toThrow("sealer.storage.class names a class")
    expect(() => render({ values: "small", set: { "sealer.replicas": "2" } })).toThrow(
      "so sealer.storage.accessMode is ReadWriteMany",
    )
  })

  it("anchors in a pod of its own that only reads the sealer's volume, with its keys as files", () => {
    const manifests = withAnchor()
    const named = (kind: string, name: string): Manifest =>
      manifests.find((one) => one.kind === kind && one.metadata.name === name)!
    const anchorIn = (all: ReadonlyArray<Manifest>): Manifest =>
      all.find(({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "plant-anchor")!
    const pod = anchorIn(manifests)
    const container = containerOf(pod)
    expect(container.args.slice(0, 6)).toEqual([
      "anchor",
      "run",
      "--data",
      "/var/lib/assay/data",
      "--state",
      "/var/lib/anchor/state",
    ])
    const env = envOf(pod)
    expect(() => refuseUnknownSettings(env)).not.toThrow()
    expect(Object.keys(env).filter((key) => SETTINGS.some((one) => one.secret && one.key === key))).toEqual([])
    expect(env).toMatchObject({ ASSAY_ANCHOR_RPC_FILE: "/etc/assay/anchor/rpc", ASSAY_ANCHOR_INTERVAL: "3600" })
    expect(container.volumeMounts).toContainEqual({ name: "data", mountPath: "/var/lib/assay", readOnly: true })
    const volumes = podOf(pod).volumes.map(({ name }: { name: string }) => name)
    const claims = pod.spec.volumeClaimTemplates.map((claim: Manifest) => claim.metadata.name)
    expect([...volumes, ...claims].sort()).toEqual(container.volumeMounts.map(({ name }) => name).sort())
    expect(podOf(pod)).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } })
    expect(container).toMatchObject({ securityContext: { readOnlyRootFilesystem: true } })

    // It reaches the chain and no broker, and nobody but whoever reads metrics reaches it.
    const policy = named("NetworkPolicy", "plant-anchor").spec
    const ports = policy.egress.flatMap((rule: { ports: ReadonlyArray<{ port: number }> }) =>
      rule.ports.map(({ port }) => port),
    )
    expect(ports).toEqual([53, 53, 443, 4318])
    expect(JSON.stringify(policy.ingress)).toContain("monitoring")
    expect(JSON.stringify(policy.ingress)).not.toContain("gateways")

    const bare = withAnchor({ "anchor.contract": '""' })
    const without = envOf(anchorIn(bare))
    expect(Object.keys(without).filter((key) => /RPC|CONTRACT|_KEY_FILE/.test(key))).toEqual([])
  })

  it("anchors sets of devices and of firmware as a user of its own, which alone takes it to the brokers", () => {
    const anchorWith = (set: Readonly<Record<string, string>>) => {
      const all = withAnchor(set)
      const pod = all.find(({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "plant-anchor")!
      const policy = all.find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "plant-anchor")!
      const rules: ReadonlyArray<{ readonly ports: ReadonlyArray<{ readonly port: number }> }> = policy.spec.egress
      return { pod, ports: rules.flatMap(({ ports }) => ports.map(({ port }) => port)) }
    }
    const { pod, ports } = anchorWith({ "anchor.identities": "true", "anchor.firmware": "true" })
    const { args, volumeMounts } = containerOf(pod)
    expect(args.slice(-4)).toEqual(["--identities", "--firmware", "--roots", "/etc/assay/roots/roots.json"])
    expect(envOf(pod)).toMatchObject({
      LOG: "kafka",
      KAFKA_SASL_USERNAME: "assay-anchor",
      ASSAY_STREAM_PREFIX: "plant1.",
    })
    const volumes: ReadonlyArray<string> = podOf(pod).volumes.map(({ name }: { name: string }) => name)
    expect([...volumes, "state"].sort()).toEqual(volumeMounts.map(({ name }) => name).sort())
    expect(ports).toEqual([53, 53, 443, 9093, 8080, 4318])
    expect(excessOf(pod)).toEqual([])

    const identities = containerOf(anchorWith({ "anchor.identities": "true" }).pod)
    expect(identities.args.at(-1)).toBe("--identities")
    expect(identities.volumeMounts.map(({ name }) => name)).not.toContain("roots")
    const none = anchorWith({})
    expect(Object.keys(envOf(none.pod)).filter((key) => key.startsWith("KAFKA"))).toEqual([])
    expect(none.ports).not.toContain(9093)
  })

  it("brings the alerts and the dashboard of this repository", () => {
    const manifests = manifestsOf("production")
    const rule = manifests.find(({ kind }) => kind === "PrometheusRule")!
    const groups = ["alerts.yml", "slo.yml"].flatMap((file) => {
      const text = readFileSync(join(ROOT, "infra/observability/prometheus", file), "utf8")
      return (parse(text) as { readonly groups: ReadonlyArray<unknown> }).groups
    })
    const [components, ...rest] = rule.spec.groups
    expect(components.name).toBe("assay-components")
    expect(rest).toEqual(groups)
    const dashboard = manifests.find(
      ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "plant-dashboard",
    )!
    const file = readFileSync(join(ROOT, "infra/observability/grafana/dashboards/assay.json"), "utf8")
    expect(dashboard.data!["assay.json"]).toBe(file)
  })

  it("says which components there are, so that one which is gone is missed", () => {
    const wantedOf = (manifests: ReadonlyArray<Manifest>): ReadonlyArray<string> =>
      (manifests.find(({ kind }) => kind === "PrometheusRule")!.spec.groups as ReadonlyArray<Group>)
        .flatMap(({ rules }) => rules)
        .filter(({ record }) => record === "assay:component:wanted")
        .map(({ labels }) => labels!["service"]!)
    const staying = (manifests: ReadonlyArray<Manifest>): ReadonlyArray<string> => [
      ...new Set(
        manifests
          .filter(({ kind }) => ["Deployment", "StatefulSet"].includes(kind))
          .map(({ spec }) => spec.template.metadata.labels["app.kubernetes.io/component"] as string),
      ),
    ]
    for (const manifests of [manifestsOf("production"), manifestsOf("programs"), withStandby(), withAnchor()])
      expect([...wantedOf(manifests)].sort()).toEqual([...staying(manifests)].sort())
    const scrapedOtherwise = render({ values: "production", set: { "monitoring.podMonitor": "false" } })
    expect(wantedOf(scrapedOtherwise)).toEqual([])
  })

  it.skipIf(!hasPromtool)("misses a component by its own rules, as soon as nothing is found of it", () => {
    const rule = manifestsOf("programs").find(({ kind }) => kind === "PrometheusRule")!
    const dir = mkdtempSync(join(tmpdir(), "assay-rules-"))
    try {
      writeFileSync(join(dir, "rules.yml"), JSON.stringify(rule.spec))
      const names = (rule.spec.groups[0] as Group).rules.map(({ labels }) => labels!["service"]!)
      const there = names.filter((name) => !["sealer", "export-soc"].includes(name))
      const gone = (alertname: string, service: string, severity: string, where: string) => ({
        ...{ eval_time: "20m", alertname },
        exp_alerts: [{ exp_labels: { severity, service }, exp_annotations: annotationsOf(rule, alertname, where) }],
      })
      const test = {
        rule_files: ["rules.yml"],
        evaluation_interval: "1m",
        tests: [
          {
            interval: "1m",
            input_series: there.map((service) => ({
              series: `up{job="assay",service="${service}",instance="${service}:7070"}`,
              values: "1x30",
            })),
            alert_rule_test: [
              gone("AssayAbsent", "sealer", "page", "No process of sealer is there"),
              gone("AssayProgramDown", "export-soc", "ticket", "export-soc does not answer"),
              { eval_time: "20m", alertname: "AssayDown", exp_alerts: [] },
            ],
          },
        ],
      }
      writeFileSync(join(dir, "test.yml"), JSON.stringify(test))
      const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", "test.yml"], {
        cwd: dir,
        encoding: "utf8",
      })
      expect([status, status === 0 ? "" : stdout + stderr]).toEqual([0, ""])
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it.each([
    ["kafka.brokers", "[]", "brokers"],
    ["kafka.brokers", '["kafka"]', "brokers"],
    ["kafka.prefix", '"a b"', "prefix"],
    ["services.ingress", "{}", "ingress"],
    ["image.digest", '"latest"', "digest"],
    ["http.tokensSecret", '""', "http.tokensSecret names the Secret"],
    ["replicas", "3", "replicas"],
    ["anchor.contract", '"0x12"', "contract"],
    ["anchor.sites", '"x"', "sites"],
    ["anchor.firmware", '"yes"', "firmware"],
  ])("refuses %s = %s, and names it", (key, value, says) => {
    const call = (): unknown => render({ values: "production", set: { [key]: value } })
    expect(call).toThrow(says)
  })
})
