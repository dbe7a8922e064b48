/** The programs beside the services in the chart: that each is called as it takes it, and has the rights of its role alone. */
import { tmpdir } from "node:os"
import { readArguments } from "@assay/cli/command"
import { COMMANDS } from "@assay/cli/commands"
import { roleOfSink } from "@assay/node"
import { ROLES } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { describe, expect, it } from "vitest"
import { hasHelm, type Manifest, render } from "../../kubernetes/helm.ts"
import { principals } from "./principals.ts"
import { PROGRAMS_SET } from "./programs.ts"

const PROGRAMS = ["resolver", "readings", "export-soc", "export-lake", "export-bus", "ingress-mqtt", "ingress-onem2m"]
const OUTCOMES = ["verified", "annotated", "quarantined", "rejected", "undecided"] as const

interface Program {
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  readonly manifest: Manifest
  /** What its NetworkPolicy lets out, as peers and ports. */
  readonly egress: ReadonlyArray<{
    readonly to: ReadonlyArray<object>
    readonly ports: ReadonlyArray<{ port: number }>
  }>
}

const programIn = (manifests: ReadonlyArray<Manifest>, name: string): Program => {
  const named = manifests.filter(({ metadata }) => metadata.name === `plant-${name}`)
  const manifest = named.find(({ kind }) => kind === "Deployment" || kind === "StatefulSet")!
  const { args, env } = manifest.spec.template.spec.containers[0]
  const pairs = (env as ReadonlyArray<{ name: string; value: string }>).map(({ name, value }) => [name, value])
  const { egress } = named.find(({ kind }) => kind === "NetworkPolicy")!.spec
  return { args, env: Object.fromEntries(pairs), manifest, egress }
}

const portsOf = ({ egress }: Program): ReadonlyArray<number> =>
  egress.flatMap(({ ports }) => ports.map(({ port }) => port))

/** As `assay` itself reads a call. @throws UsageError where it takes no such option */
const read = async ([name, ...rest]: ReadonlyArray<string>) => {
  const command = await COMMANDS.find((one) => one.name === name)!.load()
  return readArguments(command, rest, {})
}

describe.skipIf(!hasHelm())("the programs beside the services", () => {
  const all = render({ values: "production", set: PROGRAMS_SET })

  it("are not there unless asked for", () => {
    const names = render({ values: "production" }).map(({ metadata }) => metadata.name)
    for (const name of PROGRAMS) expect(names).not.toContain(`plant-${name}`)
  })

  it("names users and roles that there are", () => {
    const roles = principals()
    for (const named of roles.values()) for (const role of named) expect(Object.keys(ROLES)).toContain(role)
    for (const name of PROGRAMS) expect(roles.has(programIn(all, name).env.KAFKA_SASL_USERNAME!)).toBe(true)
  })

  it.each(PROGRAMS)("%s is called as it takes it, and shows its health where the probes ask", async (name) => {
    const { args, manifest } = programIn(all, name)
    const given = await read(args)
    const isIngress = args[0] === "ingress"
    expect(given.text(isIngress ? "port" : "metrics")).toBe("7070")
    expect(given.text(isIngress ? "host" : "metrics-host")).toBe("0.0.0.0")
    const [container] = manifest.spec.template.spec.containers
    expect(container.ports).toContainEqual({ name: "http", containerPort: 7070 })
    expect(container.readinessProbe.httpGet).toEqual({ path: "/readyz", port: "http" })
    expect(container.livenessProbe.httpGet).toEqual({ path: "/livez", port: "http" })
  })

  it("resolver looks at public addresses alone, with its key and token as files, and hands in at identity-resolver", async () => {
    const resolver = programIn(all, "resolver")
    const given = await read(resolver.args)
    expect(given.text("allow")).toBe("id.example.com,*.issuers.example")
    expect([given.text("soft"), given.text("hard")]).toEqual(["4", "24"])
    expect(resolver.env).toMatchObject({
      ASSAY_TOKEN_FILE: "/etc/assay/resolver/token",
      ASSAY_URL: "http://plant:7070",
    })
    expect(portsOf(resolver)).toEqual([53, 53, 9093, 443, 7070, 8080, 4318])
    const [outside] = resolver.egress.find(({ ports }) => ports[0]!.port === 443)!.to as ReadonlyArray<{
      ipBlock: { except: ReadonlyArray<string> }
    }>
    for (const network of ["10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"])
      expect(outside!.ipBlock.except).toContain(network)
    expect(JSON.stringify(ingressOf("identity-resolver"))).toContain('"app.kubernetes.io/component":"resolver"')
    // Two of one key would ask each host twice.
    expect(resolver.manifest.spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } })
  })

  it.each(PROGRAMS)("%s is taken by assay as it is, up to the brokers that it does not find", async (name) => {
    const { args, env } = programIn(all, name)
    const own = Object.entries(env).filter(([key]) => !key.startsWith("KAFKA_") && !key.endsWith("_FILE"))
    const { code, err } = await assay(args, { cwd: tmpdir(), env: Object.fromEntries(own) })
    expect(err).toContain("KAFKA_BROKERS")
    expect(code).toBe(2)
  })

  it.each([
    ["soc", ["quarantined", "rejected"], false, [53, 53, 9093, 6514, 8080, 4318]],
    ["lake", ["verified", "annotated"], false, [53, 53, 9093, 8080, 4318]],
    ["bus", OUTCOMES, true, [53, 53, 9093, 8080, 4318]],
  ] as const)(
    "export %s has the user and the group of its role, and reaches its sink alone",
    async (name, outcomes, writesLog, ports) => {
      const program = programIn(all, `export-${name}`)
      const given = await read(program.args)
      const role = roleOfSink({ outcomes, writesLog })
      expect(principals().get(program.env.KAFKA_SASL_USERNAME!)).toEqual([role])
      expect(given.text("group")).toBe(`${role}-${name}`)
      expect(given.flag("follow")).toBe(true)
      expect(portsOf(program)).toEqual(ports)
      expect(budgets.includes(`plant-export-${name}`)).toBe(name === "soc")
    },
  )

  it("MQTT clients keep their names, share a subscription, and ask identity-resolver for challenges", () => {
    const mqtt = programIn(all, "ingress-mqtt")
    expect(mqtt.manifest).toMatchObject({ kind: "StatefulSet", spec: { replicas: 2 } })
    // Whose backlog slows it down: that of the services, which judge staged.
    expect(mqtt.env).toMatchObject({
      ASSAY_TOPOLOGY: "staged",
      ASSAY_MQTT_PASSWORD_FILE: "/etc/assay/ingress/password",
      ASSAY_MQTT_RECEIPT_KEY: "/etc/assay/ingress/receipt-key",
      ASSAY_TOKEN_FILE: "/etc/assay/ingress/token",
    })
    expect(portsOf(mqtt)).toEqual([53, 53, 9093, 8883, 7070, 8080, 4318])
    expect(principals().get("assay-ingress-mqtt")).toEqual(["ingress", "receipts", "passport-push"])
    expect(budgets).toContain("plant-ingress-mqtt")
    expect(JSON.stringify(ingressOf("identity-resolver"))).toContain('"app.kubernetes.io/component":"ingress-mqtt"')
  })

  it("the adapter of a CSE keeps its state on a volume, and hears the CSE where it is reached", async () => {
    const onem2m = programIn(all, "ingress-onem2m")
    expect(onem2m.manifest).toMatchObject({ kind: "StatefulSet", spec: { replicas: 1 } })
    expect(onem2m.manifest.spec.volumeClaimTemplates[0].metadata.name).toBe("state")
    expect((await read(onem2m.args)).text("state")).toBe("/var/lib/assay/state")
    expect(onem2m.env.ASSAY_ONEM2M_LISTEN).toBe("0.0.0.0:7072")
    // The CSE asks it before it is ready.
    const service = all.find(({ kind, metadata }) => kind === "Service" && metadata.name === "plant-ingress-onem2m")!
    expect(service.spec).toMatchObject({ publishNotReadyAddresses: true })
    expect(service.spec.ports).toContainEqual({ name: "notify", port: 7072, targetPort: "notify" })
    expect(ingressOf("ingress-onem2m")).toContainEqual({
      from: [{ podSelector: { matchLabels: { app: "cse" } } }],
      ports: [{ protocol: "TCP", port: 7072 }],
    })
    expect(portsOf(onem2m)).toEqual([53, 53, 9093, 8080, 8080, 4318])
    // It does not call the services, so it does not reach them.
    expect(JSON.stringify(ingressOf("identity-resolver"))).not.toContain("ingress-onem2m")
  })

  it("readings share the partitions, and reach the log and its schemas alone", async () => {
    const readings = programIn(all, "readings")
    const given = await read(readings.args)
    expect([given.flag("follow"), given.text("outcome"), given.text("format")]).toEqual([true, "all", "avro"])
    expect(portsOf(readings)).toEqual([53, 53, 9093, 8080, 4318])
    expect(readings.manifest.spec.replicas).toBe(2)
    expect(budgets).toContain("plant-readings")
    expect(readings.manifest.spec.template.spec.topologySpreadConstraints).toHaveLength(2)
  })

  const budgets = all.filter(({ kind }) => kind === "PodDisruptionBudget").map(({ metadata }) => metadata.name)
  const ingressOf = (name: string): ReadonlyArray<object> =>
    all.find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === `plant-${name}`)!.spec.ingress

  it.each([
    ["resolver.allow", "[]", "allow"],
    ["resolver.options", '{"token":"x"}', "token"],
    ["readings.format", '"xml"', "format"],
    ["exports", '[{"name":"a","to":"file:/tmp/a"}]', "/exports/0/to"],
    ["exports", '[{"name":"a","to":"topic:siem.ocsf.v1"},{"name":"a","to":"topic:siem.ecs.v1"}]', "a is there twice"],
    ["exports", '[{"name":"a","to":"otlp:http://x:4318","secret":"s"}]', "a has a secret, so keys says"],
    ["ingress.mqtt.settings", '{"ASSAY_MQTT_SHARE":null}', "ASSAY_MQTT_SHARE"],
    ["ingress.mqtt.secret", '""', "ingress.mqtt.secret names the Secret"],
    ["ingress.mqtt.files", '{"PASSWORD":"password"}', "PASSWORD"],
    ["ingress.onem2m.replicas", "2", "replicas"],
    ["resolver.secret", '""', "resolver.secret names the Secret"],
  ])("refuses %s = %s, and names it", (key, value, says) => {
    expect(() => render({ values: "production", set: { ...PROGRAMS_SET, [key]: value } })).toThrow(says)
  })
})
