/** What the chart's NetworkPolicies let through, against what the roles and the settings of each pod need. */
import { ROLES } from "@assay/streams"
import { describe, expect, it } from "vitest"
import { hasHelm, type Manifest, render } from "../../kubernetes/helm.ts"
import { isPod } from "./checks.ts"
import { principals } from "./principals.ts"
import { OUTSIDE_SET, PROGRAMS_SET } from "./programs.ts"

interface Rule {
  readonly to?: ReadonlyArray<object>
  readonly from?: ReadonlyArray<object>
  readonly ports: ReadonlyArray<{ readonly protocol: string; readonly port: number }>
}

const COMPONENT = "app.kubernetes.io/component"
const DNS = [53, 53]
const URLS = /([a-z+]+):\/\/[^/?#,;\s:]+(?::(\d+))?/g
const ALL_SET: Readonly<Record<string, string>> = {
  ...PROGRAMS_SET,
  ...OUTSIDE_SET,
  "anchor.enabled": "true",
  "anchor.identities": "true",
}

const policyOf = (
  all: ReadonlyArray<Manifest>,
  component: string,
): { egress: ReadonlyArray<Rule>; ingress: ReadonlyArray<Rule> } =>
  all.find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === `plant-${component}`)!.spec
const portsOf = (all: ReadonlyArray<Manifest>, component: string): ReadonlyArray<number> =>
  policyOf(all, component).egress.flatMap(({ ports }) => ports.map(({ port }) => port))
const envOf = ({ spec }: Manifest): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (spec.template.spec.containers[0].env as ReadonlyArray<{ name: string; value: string }>).map((one) => [
      one.name,
      one.value,
    ]),
  )
const rolesOf = (env: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  principals().get(env["KAFKA_SASL_USERNAME"] ?? "") ?? []

/** What values say that a component reaches outside, by its port. */
const reachedBy = (component: string): ReadonlyArray<number> => {
  const ports = (list: ReadonlyArray<{ port: number }> = []): ReadonlyArray<number> => list.map(({ port }) => port)
  const givenTo = (key: string) => JSON.parse(ALL_SET[key]!)
  if (component === "resolver") return [443]
  if (component === "sealer") return ports(givenTo("sealer.reaches"))
  if (component === "anomaly-quarantine") return ports(givenTo("services.anomaly-quarantine").reaches)
  if (component.startsWith("ingress-")) return ports(givenTo(`ingress.${component.slice(8)}`).reaches)
  const exported = givenTo("exports").find(({ name }: { name: string }) => `export-${name}` === component)
  return ports(exported?.reaches)
}

/** Which ports a pod needs by its roles at the brokers, and by what its settings name. */
const needed = (component: string, env: Readonly<Record<string, string>>): ReadonlyArray<number> => {
  const roles = rolesOf(env)
  const asksForChallenges = env["ASSAY_MQTT_CHALLENGES"] !== undefined
  return [
    ...DNS,
    // Whoever has a role works on the log, and knows its schemas where there is a registry.
    ...(roles.length > 0 ? [9093] : []),
    ...(roles.length > 0 && env["SCHEMA_REGISTRY_URL"] !== undefined ? [8080] : []),
    ...(roles.includes("read-model") ? [6379] : []),
    ...(roles.includes("resolver") || asksForChallenges ? [7070] : []),
    ...reachedBy(component),
    ...(component === "setup" ? [] : [4318]),
  ]
}

const sorted = (ports: ReadonlyArray<number>): ReadonlyArray<number> => [...ports].sort((a, b) => a - b)

describe.skipIf(!hasHelm())("the chart's NetworkPolicies", () => {
  const all = render({ values: "production", set: ALL_SET })
  const pods = all.filter(isPod).map((manifest) => ({ component: manifest.metadata.labels![COMPONENT]!, manifest }))

  it("let each pod out to what its roles and its settings need, and to nothing else", () => {
    expect(new Set(pods.map(({ component }) => component)).size).toBe(15)
    for (const { component, manifest } of pods) {
      const env = envOf(manifest)
      for (const role of rolesOf(env)) expect(Object.keys(ROLES)).toContain(role)
      expect(rolesOf(env), component).not.toEqual([])
      expect([component, sorted(portsOf(all, component))]).toEqual([component, sorted(needed(component, env))])
      // Who may read the decisions for the read model is the one that is given its address.
      expect([component, env["REDIS_URL_FILE"] !== undefined]).toEqual([component, rolesOf(env).includes("read-model")])
    }
  })

  it("let services and the sealer out to every host that their settings name", () => {
    const named = pods.filter(({ manifest }) => manifest.spec.template.spec.containers[0].args[0] === "run")
    expect(named).toHaveLength(6)
    const found = named.flatMap(({ component, manifest }) =>
      Object.values(envOf(manifest))
        .flatMap((value) => [...value.matchAll(URLS)])
        .map(([, scheme, port]) => [component, Number(port ?? (scheme === "https" ? 443 : 80))] as const),
    )
    for (const [component, port] of found)
      expect([component, portsOf(all, component)]).toEqual([component, expect.arrayContaining([port])])
    // Not only the registry.
    expect(found).toContainEqual(["sealer", 443])
    expect(found).toContainEqual(["anomaly-quarantine", 6514])
    expect(portsOf(all, "sealer")).toContain(8090)
  })

  it("take messages in where the roles take them, and metrics of all but the jobs", () => {
    const sources = (component: string): string => JSON.stringify(policyOf(all, component).ingress ?? [])
    for (const { component, manifest } of pods) {
      const isRun = manifest.spec.template.spec.containers[0].args[0] === "run"
      const takes = isRun && rolesOf(envOf(manifest)).includes("ingress")
      expect([component, sources(component).includes("gateways")]).toEqual([component, takes])
      expect([component, sources(component).includes("monitoring")]).toEqual([component, component !== "setup"])
    }
    expect(policyOf(all, "setup").ingress).toEqual([])
    for (const caller of ["resolver", "ingress-mqtt"])
      expect(sources("identity-resolver")).toContain(`"${COMPONENT}":"${caller}"`)
  })

  it("let nothing through but by a rule, and open nothing to everybody", () => {
    const policies = all.filter(({ kind }) => kind === "NetworkPolicy")
    expect(policies.find(({ metadata }) => metadata.name === "plant-default-deny")!.spec).toEqual({
      podSelector: { matchLabels: { "app.kubernetes.io/name": "assay", "app.kubernetes.io/instance": "plant" } },
      policyTypes: ["Ingress", "Egress"],
    })
    for (const { spec } of policies)
      for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])] as ReadonlyArray<Rule>)
        expect((rule.from ?? rule.to)!.length).toBeGreaterThan(0)
  })

  it("resolve names where the values say", () => {
    const dns = [
      { peers: [{ ipBlock: { cidr: "169.254.20.10/32" } }] },
      {
        peers: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "openshift-dns" } } }],
        port: 5353,
      },
    ]
    const own = render({ values: "production", set: { "networkPolicy.dns": JSON.stringify(dns) } })
    const [first, second, third] = policyOf(own, "credential-checker").egress
    const both = (port: number) => ["UDP", "TCP"].map((protocol) => ({ protocol, port }))
    expect(first).toEqual({ to: dns[0]!.peers, ports: both(53) })
    expect(second).toEqual({ to: dns[1]!.peers, ports: both(5353) })
    expect(third!.ports).toEqual([{ protocol: "TCP", port: 9093 }])
  })

  it.each([
    [
      { "services.credential-checker.settings": '{"ASSAY_SINKS":"a=hec:https://siem.example:8088"}' },
      "services.credential-checker.reaches",
    ],
    [{ settings: '{"ASSAY_SINKS":"a=otlp:http://otel.example:4318"}' }, "reaches says where that is"],
    [{ "sealer.settings": '{"ASSAY_LOG_KEYS":"https://signer.example/k"}' }, "sealer.reaches"],
    [
      { "sealer.files": '{"ASSAY_WITNESS_POLICY":"policy"}', "sealer.secret": '"own"' },
      "names witnesses: sealer.reaches",
    ],
    [{ "sealer.files": '{"ASSAY_LOG_KEYS":"log"}' }, "sealer.secret names the Secret"],
    [{ "sealer.keys": '["../log"]' }, "keys"],
    [{ "services.integrity-hasher.keys": '["pin"]' }, "services.integrity-hasher.secret names the Secret"],
  ])("refuse %j, and name it", (set, says) => {
    expect(() => render({ values: "production", set })).toThrow(says)
  })

  it("may be opened by a policy of one's own, and need no way out to a collector or a file", () => {
    const set = {
      "sealer.settings": '{"ASSAY_LOG_KEYS":"https://signer.example/k"}',
      "sealer.reaches": "[{}]",
      settings: '{"OTEL_EXPORTER_OTLP_ENDPOINT":"http://otel:4318","ASSAY_SINKS":"a=topic:siem.ocsf.v1"}',
    }
    expect(portsOf(render({ values: "production", set }), "sealer")).toEqual([...DNS, 9093, 8080, 4318])
  })

  it("gives files of a Secret to the sealer and to services, by the settings that name them", () => {
    const podOf = (component: string) => pods.find((one) => one.component === component)!.manifest
    const own = (component: string, name: string) =>
      podOf(component).spec.template.spec[name].find((one: { name: string }) => one.name === "own")
    expect(envOf(podOf("sealer"))).toMatchObject({
      ASSAY_WITNESS_POLICY: "/etc/assay/own/policy",
      ASSAY_WITNESS_INTERVAL_MS: "5000",
      ASSAY_SEAL: "on",
    })
    expect(own("sealer", "volumes").secret).toEqual({
      secretName: "sealer-own",
      items: ["policy", "signer-token"].map((key) => ({ key, path: key })),
      defaultMode: 0o440,
    })
    expect(own("anomaly-quarantine", "volumes").secret).toMatchObject({ secretName: "siem-own" })
    expect(own("integrity-hasher", "volumes")).toBeUndefined()
  })
})

describe.skipIf(!hasHelm())("the users at the brokers", () => {
  it("are those of the values, where they are given names, and keep their roles", () => {
    const users = {
      sealer: { username: "KEY7", secret: "kafka-sealer" },
      admin: { username: "KEY1" },
      siem: { secret: "s" },
    }
    const all = render({ values: "production", set: { ...PROGRAMS_SET, "kafka.sasl.users": JSON.stringify(users) } })
    const found = (component: string): readonly [string, string] => {
      const pod = all.find((one) => isPod(one) && one.metadata.labels![COMPONENT] === component)!
      const { volumes } = pod.spec.template.spec
      const { secret } = volumes.find(({ name }: { name: string }) => name === "kafka")
      return [envOf(pod)["KAFKA_SASL_USERNAME"]!, secret.secretName]
    }
    expect(found("sealer")).toEqual(["KEY7", "kafka-sealer"])
    expect(found("setup")).toEqual(["KEY1", "assay-admin"])
    expect(found("export-soc")).toEqual(["assay-siem", "s"])
    expect(found("identity-resolver")).toEqual(["assay-identity-resolver", "assay-identity-resolver"])
    expect(portsOf(all, "anomaly-quarantine")).toContain(6379)
    expect(portsOf(all, "sealer")).not.toContain(6379)
  })

  it("are all that the principals name, but for the scaler's, whom the chart does not run", () => {
    const names = [...principals().keys()].map((user) => user.replace("assay-", "")).filter((name) => name !== "keda")
    const set = Object.fromEntries(names.map((name) => [name, { username: `API-${name}` }]))
    expect(() => render({ values: "managed-kafka", set: { "kafka.sasl.users": JSON.stringify(set) } })).not.toThrow()
    for (const name of ["sealr", "keda"])
      expect(() => render({ values: "managed-kafka", set: { "kafka.sasl.users": `{"${name}":{}}` } })).toThrow(name)
  })
})
