/** The chart as Helm renders it. Helm is a program of its own: `infra/ci/packages.sh` builds it. */
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { parseAllDocuments } from "yaml"

const CHART = join(import.meta.dirname, "chart")

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  // biome-ignore lint/suspicious/noExplicitAny: what is in a manifest is what the tests ask
  readonly spec?: any
  readonly data?: Readonly<Record<string, string>>
}

export const hasHelm = (): boolean => {
  try {
    execFileSync("helm", ["version", "--short"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

export interface Rendering {
  /** The name of one of the chart's own values files. */
  readonly values?: "small" | "production" | "managed-kafka"
  /** Other values files. */
  readonly files?: ReadonlyArray<string>
  /** Keys as `--set` takes them, values as JSON. */
  readonly set?: Readonly<Record<string, string>>
  /** Of the release (default "plant"): names begin with it. */
  readonly release?: string
}

const helm = (args: ReadonlyArray<string>): string =>
  execFileSync("helm", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 26 })

/** @throws Error with what Helm said */
export const lint = (rendering: Rendering): string => helm(["lint", "--strict", CHART, ...valuesOf(rendering)])

const valuesOf = ({ values, files = [] }: Rendering): ReadonlyArray<string> =>
  [...(values === undefined ? [] : [valuesFile(values)]), ...files].flatMap((file) => ["--values", file])

const valuesFile = (values: string): string => {
  const file = join(CHART, `values-${values}.yaml`)
  if (!existsSync(file)) throw new Error(`there is no ${file}`)
  return file
}

/**
 * The documents of a text in YAML, without empty ones, by the rules of YAML 1.1, as Kubernetes reads them: `0440` is 288, and `on` without
 * quotation marks is a boolean. @throws Error where it is none
 */
export const manifestsOf = (text: string): ReadonlyArray<Manifest> =>
  parseAllDocuments(text, { version: "1.1" })
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0]
      return document.toJS() as Manifest | null
    })
    .filter((manifest) => manifest !== null)

/** @throws Error with what Helm said */
export const render = (rendering: Rendering): ReadonlyArray<Manifest> => {
  const { set = {}, release = "plant" } = rendering
  const sets = Object.entries(set).flatMap(([key, value]) => ["--set-json", `${key}=${value}`])
  const args = ["template", release, CHART, "--namespace", "assay", "--kube-version", "1.33.0", ...sets]
  return manifestsOf(helm([...args, ...valuesOf(rendering)]))
}
