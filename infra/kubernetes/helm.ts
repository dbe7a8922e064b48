/** The chart as Helm renders it. Helm is a program of its own: `infra/ci/packages.sh` builds it, `HELM` may name it. */
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { parseAllDocuments } from "yaml"

const CHART = join(import.meta.dirname, "../../kubernetes/chart")

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
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
  readonly set?: Readonly<Record<string, string>>
}

const helm = (args: ReadonlyArray<string>): string =>
  execFileSync("helm", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 26 })

/** @throws Error with what Helm said */
export const lint = ({ values }: Rendering): string =>
  helm(["lint", "--strict", CHART, ...(values === undefined ? [] : ["--values", valuesFile(values)])])

const valuesFile = (values: string): string => {
  const file = join(CHART, `values-${values}.yaml`)
  if (!existsSync(file)) throw new Error(`there is no ${file}`)
  return file
}

/** @throws Error with what Helm said */
export const render = ({ values, set = {} }: Rendering): ReadonlyArray<Manifest> => {
  const sets = Object.entries(set).flatMap(([key, value]) => ["--set-json", `${key}=${value}`])
  const args = ["template", "plant", CHART, "--namespace", "assay", "--kube-version", "1.33.0", ...sets]
  const text = helm(values === undefined ? args : [...args, "--values", valuesFile(values)])
  return parseAllDocuments(text)
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0]
      return document.toJS() as Manifest | null
    })
    .filter((manifest) => manifest !== null)
}
