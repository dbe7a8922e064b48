/** Definitions of operators in Go, from the types of a release by controller-gen, as these operators make them themselves. */
import { execFile } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { parse } from "yaml"
import { SetupProblem, tail } from "../../local/problem.ts"
import { type Crd, type Schema, VERSIONS } from "./sources.ts"

const run = promisify(execFile)
/** Hundreds of modules are fetched the first time. */
const STEP_MS = 900_000

interface GoTypes {
  readonly module: string
  readonly version: string
  /** The package with the types, below the module. */
  readonly path: string
  /** Of controller-gen's `crd`, as the operator sets them. */
  readonly options: string
  /** What the release itself replaces; a module that depends on it must say the same. */
  readonly replace: ReadonlyArray<readonly [module: string, version: string]>
}

const K8S = ["api", "apiextensions-apiserver", "apimachinery", "apiserver", "client-go", "component-base", "metrics"]

export const KEDA: GoTypes = {
  module: "github.com/kedacore/keda/v2",
  version: `v${VERSIONS.keda}`,
  path: "apis/keda/v1alpha1",
  options: "crdVersions=v1,generateEmbeddedObjectMeta=true",
  replace: [
    ...K8S.map((name) => [`k8s.io/${name}`, "v0.35.5"] as const),
    ["k8s.io/kube-openapi", "v0.0.0-20250910181357-589584f1c912"],
    ["sigs.k8s.io/controller-runtime", "v0.23.3"],
  ],
}

export const PROMETHEUS: GoTypes = {
  module: "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring",
  version: `v${VERSIONS.prometheusOperator}`,
  path: "v1",
  options: "crdVersions=v1",
  replace: [],
}

const moduleText = ({ module, version, replace }: GoTypes): string =>
  [
    "module crds",
    "go 1.26.0",
    `require ${module} ${version}`,
    `require sigs.k8s.io/controller-tools v${VERSIONS.controllerGen}`,
    "tool sigs.k8s.io/controller-tools/cmd/controller-gen",
    ...replace.map(([name, at]) => `replace ${name} => ${name} ${at}`),
    "",
  ].join("\n")

/** By kind. @throws SetupProblem where Go is missing or fails */
export const fromGo = async (types: GoTypes): Promise<ReadonlyMap<string, Crd>> => {
  const dir = await mkdtemp(join(tmpdir(), "assay-crds-"))
  const go = async (...args: ReadonlyArray<string>): Promise<void> => {
    await run("go", args, { cwd: dir, timeout: STEP_MS, maxBuffer: 1 << 26 }).catch((cause: Error) => {
      const { stderr } = cause as { readonly stderr?: string }
      throw new SetupProblem(`go ${args[0]} of ${types.module}: ${tail(stderr || cause.message, 15)}`)
    })
  }
  const path = `${types.module}/${types.path}`
  try {
    await writeFile(join(dir, "go.mod"), moduleText(types))
    await writeFile(join(dir, "types.go"), `package crds\n\nimport _ "${path}"\n`)
    await go("mod", "tidy")
    await go("tool", "controller-gen", `crd:${types.options}`, `paths=${path}`, "output:crd:dir=out")
    const found = new Map<string, Crd>()
    for (const file of await readdir(join(dir, "out"))) {
      const crd = parse(await readFile(join(dir, "out", file), "utf8")) as Crd
      found.set(crd.spec.names.kind, crd)
    }
    return found
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/**
 * KEDA's release bounds these by a patch of its own (its issue 4976).
 * @throws Error where they are not there
 */
export const boundedWindows = (crd: Crd): Crd => {
  const copy = structuredClone(crd)
  const at = (schema: Schema | undefined, ...names: ReadonlyArray<string>): Schema => {
    const found = names.reduce<Schema | undefined>((one, name) => one?.properties?.[name], schema)
    if (found === undefined) throw new Error(`there is no ${names.join(".")} in ${crd.spec.names.kind}`)
    return found
  }
  const [{ schema }] = copy.spec.versions as unknown as readonly [Crd["spec"]["versions"][number]]
  const behavior = at(schema.openAPIV3Schema, "spec", "advanced", "horizontalPodAutoscalerConfig", "behavior")
  for (const direction of ["scaleDown", "scaleUp"])
    Object.assign(at(behavior, direction, "stabilizationWindowSeconds"), { minimum: 0, maximum: 3600 })
  return copy
}
