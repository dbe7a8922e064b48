/**
 * `npm run sbom`: what is in the image, as a CycloneDX bill of materials. npm lists all packages of package-lock.json, of which
 * those of a production install stay: its own --omit=dev leaves out whatever any workspace uses for development too. Node and the
 * images that the Dockerfile begins with are added. The same commit gives the same bytes.
 */
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { EXIT, processEnvironment } from "@assay/settings"
import { type Command, main, SetupProblem } from "../local/index.ts"
import { differencesOf, installedIn } from "./installed.ts"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))

export interface Component {
  readonly type: string
  readonly name: string
  readonly version?: string
  readonly purl?: string
  readonly "bom-ref": string
  readonly hashes?: ReadonlyArray<{ readonly alg: string; readonly content: string }>
}

export interface Bom {
  readonly bomFormat: "CycloneDX"
  readonly specVersion: string
  serialNumber: string
  readonly version: number
  readonly metadata: { timestamp: string; readonly component: Component }
  components: Array<Component>
  dependencies: ReadonlyArray<{ readonly ref: string; readonly dependsOn: ReadonlyArray<string> }>
}

/** `NAME_IMAGE=name:tag@sha256:...` of the Dockerfile. @throws SetupProblem where one is not named by digest */
export const baseImages = (dockerfile: string): ReadonlyArray<Component> =>
  [...dockerfile.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm)].map(([, image]) => {
    const [, name, tag, digest] = /^(\S+):([^:@]+)@sha256:([0-9a-f]{64})$/.exec(image!) ?? []
    if (digest === undefined) throw new SetupProblem(`the Dockerfile names ${image} without a digest`)
    return {
      type: "container",
      name: name!,
      version: tag!,
      "bom-ref": image!,
      purl: `pkg:oci/${name!.split("/").at(-1)}@sha256%3A${digest}?repository_url=${name}&tag=${tag}`,
      hashes: [{ alg: "SHA-256", content: digest }],
    }
  })

/** A version 8 UUID of what the bill says (RFC 9562, section 5.8). */
const serialOf = (components: ReadonlyArray<Component>): string => {
  const hex = createHash("sha256").update(JSON.stringify(components)).digest("hex")
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16)
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ]
  return `urn:uuid:${parts.join("-")}`
}

/** When the commit was made: `SOURCE_DATE_EPOCH`, else what Git says. */
const timeOf = (): string => {
  const given = processEnvironment()["SOURCE_DATE_EPOCH"]
  const seconds = given ?? execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: ROOT, encoding: "utf8" }).trim()
  return new Date(Number(seconds) * 1_000).toISOString()
}

interface Locked {
  readonly name?: string
  readonly version?: string
  readonly dev?: boolean
  readonly link?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
}

/** `name@version` of what `npm ci --omit=dev` installs from a registry, as far as it fits. */
const productionOf = (fits: (one: Locked) => boolean = () => true): ReadonlySet<string> => {
  const lock = readFileSync(join(ROOT, "package-lock.json"), "utf8")
  const { packages } = JSON.parse(lock) as { readonly packages: Readonly<Record<string, Locked>> }
  const installed = Object.entries(packages).filter(
    ([path, one]) => path.includes("node_modules/") && one.dev !== true && one.link !== true && fits(one),
  )
  return new Set(
    installed.map(([path, { name, version }]) => `${name ?? path.split("node_modules/").at(-1)}@${version}`),
  )
}

/** Those of other platforms are optional, and are not installed here. */
const optional = (): ReadonlySet<string> =>
  productionOf(({ optional, devOptional }) => optional === true || devOptional === true)

export const makeBom = (): Bom => {
  const args = ["sbom", "--package-lock-only", "--sbom-format=cyclonedx", "--sbom-type=application"]
  const bom = JSON.parse(execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", maxBuffer: 64 << 20 })) as Bom
  const wanted = productionOf()
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly devDependencies: { readonly node: string }
  }
  const node = devDependencies.node
  // Packages of this repository are what the image is about: all of their sources are in it.
  const isKept = (one: Component): boolean => one.name.startsWith("@assay/") || wanted.has(one["bom-ref"])
  bom.components = bom.components.filter(isKept).sort((a, b) => (a["bom-ref"] < b["bom-ref"] ? -1 : 1))
  const refs = new Set([bom.metadata.component["bom-ref"], ...bom.components.map((one) => one["bom-ref"])])
  bom.dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }))
  bom.components.push(
    { type: "platform", name: "node", version: node, "bom-ref": `node@${node}`, purl: `pkg:generic/node@${node}` },
    ...baseImages(readFileSync(join(ROOT, "infra/docker/Dockerfile"), "utf8")),
  )
  bom.metadata.timestamp = timeOf()
  bom.serialNumber = serialOf(bom.components)
  return bom
}

const sbom: Command = {
  name: "sbom",
  summary:
    "Writes what is in the image, as a CycloneDX bill of materials: packages of a production install, Node, base images.",
  options: {
    out: { type: "string", value: "FILE", default: "sbom.cdx.json", help: "where it goes" },
    installed: {
      type: "string",
      value: "DIR",
      help: "a production install: name what only one of both has, and end with 1 where that is something",
    },
  },
  run: async (given) => {
    const bom = makeBom()
    const out = given.text("out")
    mkdirSync(dirname(out), { recursive: true })
    writeFileSync(out, `${JSON.stringify(bom, null, 2)}\n`)
    const lines = [`${bom.components.length} components: ${out}`]
    const install = given.text("installed")
    if (install === "") return { value: bom, lines }
    const installed = installedIn(install)
    if (installed.size === 0) throw new SetupProblem(`--installed ${install}: there is nothing in its node_modules`)
    const differences = differencesOf(bom.components, installed, optional())
    const said = differences.length === 0 ? [`all ${installed.size} packages of ${install} are in it`] : differences
    return {
      value: { bom, differences },
      lines: [...lines, ...said],
      code: said === differences ? EXIT.failed : EXIT.ok,
    }
  },
}

if (import.meta.main) await main(sbom)
