/**
 * The compose files as far as no Docker engine is needed: hardened, pinned, wired to what exists, and with an environment that
 * the node itself accepts.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { readConfiguration } from "@assay/node"
import { SERVICE_NAMES } from "@assay/trust"
import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import { baseImages } from "../ci/sbom.ts"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))
const TOKENS = `me:submit:${"0".repeat(64)}`
const SERVICES = Object.values(SERVICE_NAMES)

interface Service {
  readonly image: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly command?: ReadonlyArray<string>
  readonly user?: string
  readonly entrypoint?: ReadonlyArray<string>
  readonly secrets?: ReadonlyArray<string>
  readonly read_only?: boolean
  readonly tmpfs?: ReadonlyArray<string>
  readonly cap_drop: ReadonlyArray<string>
  readonly security_opt: ReadonlyArray<string>
  readonly restart: string
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: ReadonlyArray<string>
  readonly ports?: ReadonlyArray<string>
  readonly networks?: ReadonlyArray<string>
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test?: ReadonlyArray<string>; readonly disable?: boolean }
  readonly deploy: { readonly resources: { readonly limits: { readonly cpus: string; readonly memory: string } } }
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean } | null>>
  readonly volumes?: Readonly<Record<string, unknown>>
}

/** Whose digest nobody here could read (infra/README.md); infra/ci/images.sh says it where a registry answers. */
const UNPINNED = new Set(["kafka", "schema-registry"])

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8")
const compose = (path: string): Compose =>
  parse(read(path).replaceAll(/\$\{ASSAY_HTTP_TOKENS:\?[^}]*\}/g, TOKENS), { merge: true }) as Compose

const full = compose("docker-compose.yml")
const embedded = compose("infra/docker/compose.embedded.yml")
const all = [full, embedded].flatMap(({ services }) => Object.entries(services))

describe.each(all)("%s", (name, service) => {
  test("has no privileges that it does not need", () => {
    expect(service.cap_drop).toEqual(["ALL"])
    expect(service.security_opt).toContain("no-new-privileges:true")
    expect(service).not.toHaveProperty("privileged")
    const ours = service.image.startsWith("assay:")
    expect(service.restart).toBe(["topics", "schemas"].includes(name) ? "no" : ours ? "on-failure" : "unless-stopped")
  })

  test("is pinned, and bounded", () => {
    expect(service.image).toMatch(/^[a-z0-9./-]+:v?\d+\.\d+\.\d+(\.Final|-alpine)?(@sha256:[0-9a-f]{64})?$/)
    if (!service.image.startsWith("assay:"))
      expect([/@sha256:/.test(service.image), name]).toEqual([!UNPINNED.has(name), name])
    expect(service.deploy.resources.limits).toEqual({ cpus: expect.any(String), memory: expect.any(String) })
  })

  test("listens beyond its network on loopback only", () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  })

  test("mounts files that exist", () => {
    for (const volume of service.volumes ?? []) {
      const [source] = volume.split(":")
      if (source!.startsWith("./")) expect(existsSync(join(ROOT, source!)), source!).toBe(true)
    }
  })

  test("tells whether it is well, or ends when its work is done", () => {
    const fromImage = service.image.startsWith("assay:")
    if (service.restart === "no") expect(service.healthcheck).toEqual({ disable: true })
    else if (!fromImage || service.healthcheck !== undefined) expect(service.healthcheck?.test).toBeDefined()
  })

  test("waits for services that can tell when they are ready", () => {
    for (const [on, { condition }] of Object.entries(service.depends_on ?? {})) {
      const other = full.services[on]
      expect(other, on).toBeDefined()
      if (condition === "service_healthy") expect(other!.healthcheck?.test, on).toBeDefined()
      if (condition === "service_completed_successfully") expect(other!.restart).toBe("no")
    }
  })
})

describe("what is ours", () => {
  const ours = all.filter(([, { image }]) => image.startsWith("assay:"))

  test.each(ours)("%s comes from the one Dockerfile, not as root, on a read-only root", (_name, service) => {
    expect(service.build!.dockerfile).toBe("infra/docker/Dockerfile")
    expect(service).toMatchObject({ user: "65532:65532", read_only: true, tmpfs: ["/tmp"] })
    if (service.restart !== "no") expect(service.entrypoint).toEqual(["node", "/app/infra/docker/once.mjs"])
  })

  test.each(ours)("%s has an environment that a node accepts", (_name, { environment = {} }) => {
    const secret = join(mkdtempSync(join(tmpdir(), "assay-compose-")), "redis-url")
    writeFileSync(secret, "redis://:s3cret@valkey:6379\n")
    const mounted = Object.entries(environment).map(([key, value]) => [
      key,
      value.replace("/run/secrets/redis-url", secret),
    ])
    const config = readConfiguration(Object.fromEntries(mounted))
    expect(config.kafka === null).toBe(environment["LOG"] === undefined)
  })

  test("each of the five services is a container of its own, asked whether it is ready", () => {
    for (const name of SERVICES) {
      const service = full.services[name]!
      const command = service.command!.join(" ")
      expect(command).toMatch(new RegExp(`^run --service ${name} `))
      expect(service.healthcheck!.test).toEqual(["CMD", "node", "/app/infra/docker/ready.mjs", "/readyz"])
      expect(Object.keys(service.depends_on!)).toEqual(expect.arrayContaining(["topics", "schemas"]))
      expect(service.volumes!.some((volume) => volume.endsWith("/etc/assay/roots.json:ro"))).toBe(true)
    }
  })

  test("only the sealer keeps something that cannot be made anew, and on a volume", () => {
    const kept = SERVICES.filter((name) =>
      full.services[name]!.volumes!.some((volume) => volume.endsWith(":/var/lib/assay")),
    )
    expect(kept).toEqual(["integrity-hasher"])
    for (const { services, volumes } of [full, embedded])
      for (const { volumes: mounted } of Object.values(services))
        for (const volume of mounted ?? []) {
          const source = volume.split(":")[0]!
          if (/^[a-z]+$/.test(source)) expect(Object.keys(volumes!)).toContain(source)
        }
  })
})

test("the table of what is pinned and what is tested has every image that is not ours, with its tag", () => {
  const rows = [
    ...read("infra/README.md").matchAll(/^\| `([a-z0-9./-]+)`[^|]*\| v?(\d[^ ,|]*)[^|]*\| ([^|]+) \| [^|]+ \|$/gm),
  ]
  const tagOf = (image: string): [string, string] => {
    const [, name, tag] = /^([^:@]+):v?([^@]+)/.exec(image)!
    return [name!, tag!]
  }
  const images = all.map(([, { image }]) => image).filter((image) => !image.startsWith("assay:"))
  const bases = baseImages(read("infra/docker/Dockerfile")).map((one) => one["bom-ref"])
  const pinned = new Map([...images, ...bases.filter((image) => image.startsWith("node:"))].map(tagOf))
  expect(new Map(rows.map(([, name, tag]) => [name!, tag!]))).toEqual(pinned)
})

describe("the network", () => {
  test("broker, registry and read model reach nothing and are reached by nobody outside", () => {
    expect(full.networks!["bus"]).toEqual({ internal: true })
    for (const name of ["kafka", "schema-registry", "valkey"])
      expect(full.services[name]).toMatchObject({ networks: ["bus"] })
    for (const [name, { ports, networks }] of Object.entries(full.services))
      if (ports !== undefined) expect(networks, name).toContain("edge")
  })

  test("Prometheus finds each service once: it is on one network, and names the five by their port", () => {
    expect(full.services["prometheus"]!.networks).toEqual(["bus"])
    const config = parse(read("infra/observability/prometheus/prometheus.yml")) as {
      scrape_configs: Array<{
        job_name: string
        dns_sd_configs?: Array<{ names: Array<string>; port: number }>
        static_configs?: Array<{ targets: Array<string> }>
      }>
      rule_files: Array<string>
    }
    const { names, port } = config.scrape_configs.find(({ job_name }) => job_name === "assay")!.dns_sd_configs![0]!
    expect([...names].sort()).toEqual([...SERVICES].sort())
    expect(port).toBe(7070)
    for (const { static_configs } of config.scrape_configs)
      for (const target of static_configs?.flatMap(({ targets }) => targets) ?? [])
        expect([...Object.keys(full.services), "localhost"]).toContain(target.split(":")[0])
    for (const file of config.rule_files)
      expect(existsSync(join(ROOT, "infra/observability/prometheus", file))).toBe(true)
    // What AssayAbsent looks for is what is found by its name.
    expect(config.rule_files).toContain("components.yml")
    const { groups } = parse(read("infra/observability/prometheus/components.yml")) as {
      groups: Array<{ rules: Array<{ record: string; labels: { service: string } }> }>
    }
    const wanted = groups.flatMap(({ rules }) => rules)
    expect(new Set(wanted.map(({ record }) => record))).toEqual(new Set(["assay:component:wanted"]))
    expect(wanted.map(({ labels }) => labels.service).sort()).toEqual([...names].sort())
  })

  test("the collector and Grafana name services and ports that are there", () => {
    const collector = parse(read("infra/observability/collector/config.yaml")) as {
      receivers: { otlp: { protocols: { http: { endpoint: string } } } }
      exporters: Record<string, { endpoint: string }>
      processors: object
      extensions: object
      service: {
        extensions: Array<string>
        pipelines: Record<string, { receivers: Array<string>; processors: Array<string>; exporters: Array<string> }>
      }
    }
    const sent = full.services["identity-resolver"]!.environment!["OTEL_EXPORTER_OTLP_ENDPOINT"]!
    expect(sent).toBe("http://otel-collector:4318")
    expect(collector.receivers.otlp.protocols.http.endpoint).toBe("0.0.0.0:4318")
    expect(Object.keys(full.services)).toContain(collector.exporters["otlp/jaeger"]!.endpoint.split(":")[0])
    for (const { receivers, processors, exporters } of Object.values(collector.service.pipelines)) {
      expect(Object.keys(collector.receivers)).toEqual(expect.arrayContaining(receivers))
      expect(Object.keys(collector.processors)).toEqual(expect.arrayContaining(processors))
      expect(Object.keys(collector.exporters)).toEqual(expect.arrayContaining(exporters))
    }
    expect(Object.keys(collector.extensions)).toEqual(collector.service.extensions)
    const { datasources } = parse(read("infra/observability/grafana/provisioning/datasources/datasources.yaml")) as {
      datasources: Array<{ url: string }>
    }
    for (const { url } of datasources) expect(Object.keys(full.services)).toContain(new URL(url).hostname)
  })
})

describe("the image", () => {
  const dockerfile = read("infra/docker/Dockerfile")
  const { workspaces, devDependencies } = JSON.parse(read("package.json")) as {
    workspaces: Array<string>
    devDependencies: Record<string, string>
  }
  const stages = dockerfile.split(/^FROM /m).slice(1)

  test("copies every workspace, and takes the Node of package.json", () => {
    for (const workspace of workspaces) {
      const folder = workspace.replace("/*", "")
      expect(dockerfile).toMatch(new RegExp(`^COPY ${folder}(/package\\.json)? ${folder}/?$`, "m"))
      expect(readdirSync(join(ROOT, folder)).length).toBeGreaterThan(0)
    }
    expect(dockerfile).toContain(`ARG NODE_IMAGE=node:${devDependencies["node"]}-`)
  })

  test("begins with images that are named by digest, the last one without a shell, not as root", () => {
    expect(baseImages(dockerfile).map(({ name }) => name)).toEqual(["node", "gcr.io/distroless/cc-debian12"])
    for (const stage of stages) expect(stage).toMatch(/^\$\{(NODE|RUNTIME)_IMAGE\}/)
    const last = stages.at(-1)!
    expect(last).toMatch(/^\$\{RUNTIME_IMAGE\}/)
    expect(last).toMatch(/^USER 65532:65532$/m)
    // There is no shell to run anything: what is done is done in the stages before.
    expect(last).not.toMatch(/^RUN /m)
    for (const [, command] of last.matchAll(/^(?:ENTRYPOINT|CMD| +CMD) (.+)$/gm)) expect(command).toMatch(/^\[/)
  })

  test("installs packages before it has their sources, so that a change of code leaves them as they are", () => {
    const install = stages.findIndex((stage) => stage.includes("npm ci --omit=dev --ignore-scripts"))
    expect(stages[install]).not.toMatch(/^COPY (packages|services|schemas)/m)
    expect(stages[install]).toMatch(/^COPY --from=manifests /m)
    expect(stages.find((stage) => /AS manifests/.test(stage))).toContain(
      "! -name package.json ! -name package-lock.json -delete",
    )
  })

  test("runs as the same user in the chart", () => {
    expect(read("infra/kubernetes/chart/templates/_helpers.tpl")).toContain("runAsUser: 65532\nrunAsGroup: 65532\n")
  })

  test("every file that a container runs is copied, and let through to the build", () => {
    const ignored = read("infra/docker/Dockerfile.dockerignore")
    for (const file of ["ready.mjs", "once.mjs"]) {
      expect(stages.at(-1)).toMatch(new RegExp(`^COPY .*infra/docker/${file}`, "m"))
      expect(ignored).toContain(`!infra/docker/${file}\n`)
      expect(existsSync(join(ROOT, "infra/docker", file))).toBe(true)
    }
  })
})

describe("versions are those that tests run on", () => {
  const first = (path: string, pattern: RegExp): string => pattern.exec(read(path))![1]!
  test.each([
    ["kafka", first("infra/kafka/pom.xml", /<kafka\.version>([^<]+)</)],
    ["schema-registry", first("infra/schema-registry/pom.xml", /<apicurio\.version>([^<]+)</)],
    ["otel-collector", first("infra/ci/otelcol.yaml", /^ {2}version: (\S+)$/m)],
  ])("%s %s", (service, version) => {
    expect(full.services[service]!.image.split("@")[0]).toMatch(new RegExp(`:${version.replaceAll(".", "\\.")}$`))
  })
})

describe("the read model's server", () => {
  const url = "redis://:s3cret@valkey:6379"
  test("takes its password from the URL that the services have, and no argument says it", () => {
    const valkey = full.services["valkey"]!
    const [shell, option, script] = valkey.command!
    expect([shell, option]).toEqual(["sh", "-c"])
    const dir = mkdtempSync(join(tmpdir(), "assay-compose-"))
    writeFileSync(join(dir, "redis-url"), `${url}\n`)
    const line = script!.replace("/run/secrets/redis-url", join(dir, "redis-url")).replace(/\| exec .*/s, "")
    expect(spawnSync("sh", ["-c", line], { encoding: "utf8" }).stdout).toBe("requirepass s3cret\n")
    rmSync(dir, { recursive: true })
    for (const [name, { environment = {}, secrets = [] }] of Object.entries(full.services)) {
      expect(environment).not.toHaveProperty("REDIS_URL")
      if ("REDIS_URL_FILE" in environment || name === "valkey") expect(secrets).toContain("redis-url")
    }
  })
})

test("alerts go to Alertmanager, and each severity has a receiver", () => {
  const { alerting } = parse(read("infra/observability/prometheus/prometheus.yml")) as {
    alerting: { alertmanagers: Array<{ static_configs: Array<{ targets: Array<string> }> }> }
  }
  expect(alerting.alertmanagers[0]!.static_configs[0]!.targets).toEqual(["alertmanager:9093"])
  expect(Object.keys(full.services)).toContain("alertmanager")
  const { route, receivers } = parse(read("infra/observability/alertmanager/alertmanager.yml")) as {
    route: { receiver: string; routes: Array<{ matchers: Array<string>; receiver: string }> }
    receivers: Array<{ name: string }>
  }
  const names = receivers.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining([route.receiver, ...route.routes.map(({ receiver }) => receiver)]))
  expect(route.routes.map(({ matchers }) => matchers)).toContainEqual(['severity = "page"'])
})

/** Debian's package, or the plugin of Docker itself; neither needs an engine for this. */
const tool = [["docker-compose"], ["docker", "compose"]].find(
  ([command, ...args]) => spawnSync(command!, [...args, "version"]).status === 0,
)

describe.skipIf(tool === undefined)("docker-compose config", () => {
  test.each(["docker-compose.yml", "infra/docker/compose.embedded.yml"])("takes %s", (file) => {
    const [command, ...args] = tool!
    const env = { ...process.env, ASSAY_HTTP_TOKENS: TOKENS }
    const checked = spawnSync(command!, [...args, "-f", join(ROOT, file), "config", "-q"], { encoding: "utf8", env })
    expect(checked.stderr).toBe("")
    expect(checked.status).toBe(0)
  })
})
if (tool === undefined) console.warn("skipped: docker-compose config, because no docker-compose is installed here")
