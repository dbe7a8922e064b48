/** What is checked of manifests, whether Helm or Kustomize made them. */
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Manifest } from "../../kubernetes/helm.ts"
import { isCustom, refusedOf } from "./custom-resources.ts"

const ROOT = join(import.meta.dirname, "../../..")

/** The packages of Kubernetes' types in which each kind is. */
const TYPES: Readonly<Record<string, string>> = {
  "apps/v1": "kubernetes-types/apps/v1",
  "batch/v1": "kubernetes-types/batch/v1",
  "networking.k8s.io/v1": "kubernetes-types/networking/v1",
  "policy/v1": "kubernetes-types/policy/v1",
  v1: "kubernetes-types/core/v1",
}

const OPTIONS = ["--noEmit", "--strict", "--skipLibCheck", "--module", "esnext", "--moduleResolution", "bundler"]

/** What the compiler finds wrong in manifests by Kubernetes' own types; empty where nothing is. Takes seconds. */
const typeProblems = (manifests: ReadonlyArray<Manifest>): string => {
  const cache = join(ROOT, "node_modules/.cache")
  mkdirSync(cache, { recursive: true })
  const dir = mkdtempSync(join(cache, "assay-manifests-"))
  const known = manifests.filter(({ apiVersion }) => apiVersion in TYPES)
  const imports = [...new Set(known.map(({ apiVersion, kind }) => `${TYPES[apiVersion]} ${kind}`))].map((one) => {
    const [from, kind] = one.split(" ")
    return `import type { ${kind} } from "${from}"`
  })
  const constants = known.map((one, n) => `export const m${n}: ${one.kind} = ${JSON.stringify(one)}`)
  try {
    writeFileSync(join(dir, "manifests.ts"), [...imports, ...constants, ""].join("\n"))
    const compiler = join(ROOT, "node_modules/@typescript/native/bin/tsc")
    const call = [compiler, "--ignoreConfig", ...OPTIONS, "--types", "", "manifests.ts"]
    execFileSync(process.execPath, call, { cwd: dir, encoding: "utf8", stdio: "pipe" })
    return ""
  } catch (cause) {
    const { stdout } = cause as { readonly stdout?: string }
    if (stdout === undefined) throw cause
    return stdout
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/**
 * What their schemas refuse of manifests: Kubernetes' own types (`kubernetes-types`), and the definitions of custom resources. A kind that
 * has neither is one of them. Empty where nothing is. Takes seconds.
 */
export const schemaProblems = (manifests: ReadonlyArray<Manifest>): ReadonlyArray<string> => {
  const unknown = manifests.filter((one) => !(one.apiVersion in TYPES) && !isCustom(one))
  const found = typeProblems(manifests)
  return [
    ...unknown.map(({ apiVersion, kind, metadata }) => `${kind} ${metadata.name}: ${apiVersion} has no schema here`),
    ...manifests.flatMap(refusedOf),
    ...(found === "" ? [] : [found]),
  ]
}

export const isPod = ({ kind }: Manifest): boolean => ["Deployment", "StatefulSet", "Job"].includes(kind)

/** Of pod security "restricted", and what Assay leaves out beside: [sentence, whether it holds]. */
const rulesOf = ({ spec }: Manifest): ReadonlyArray<readonly [string, boolean]> => {
  const pod = spec.template.spec
  const all = [...pod.containers, ...(pod.initContainers ?? [])]
  const every = (holds: (container: (typeof all)[number]) => boolean): boolean => all.every(holds)
  const volumes: ReadonlyArray<{ readonly secret?: { readonly defaultMode?: number } }> = pod.volumes ?? []
  const kinds = ["configMap", "secret", "emptyDir", "persistentVolumeClaim"]
  return [
    ["is given no token", pod.automountServiceAccountToken === false],
    ["has no variables of services", pod.enableServiceLinks === false],
    ["shares nothing with its machine", [pod.hostNetwork, pod.hostPID, pod.hostIPC].every((one) => one === undefined)],
    ["runs as a user without rights", pod.securityContext.runAsNonRoot === true && pod.securityContext.runAsUser > 0],
    ["has the runtime's seccomp profile", pod.securityContext.seccompProfile?.type === "RuntimeDefault"],
    ["gains no rights", every((one) => one.securityContext.allowPrivilegeEscalation === false)],
    ["is not privileged", every((one) => one.securityContext.privileged === undefined)],
    ["drops all capabilities", every((one) => String(one.securityContext.capabilities?.drop) === "ALL")],
    ["adds no capability", every((one) => one.securityContext.capabilities?.add === undefined)],
    ["has a read-only root", every((one) => one.securityContext.readOnlyRootFilesystem === true)],
    ["has no port of its machine", every((one) => (one.ports ?? []).every((port: object) => !("hostPort" in port)))],
    ["mounts no path of its machine", volumes.every((one) => kinds.some((kind) => kind in one))],
    // The authority of the brokers is no secret, and has the default.
    [
      "shows secrets to its group alone",
      volumes.every(({ secret }) => secret?.defaultMode === undefined || secret.defaultMode === 0o440),
    ],
    ["says what it needs", every(({ resources }) => Boolean(resources?.requests?.cpu && resources.requests.memory))],
    ["has an end of memory", every(({ resources }) => Boolean(resources?.limits?.memory))],
  ]
}

/** What this pod may that it need not; empty where nothing. */
export const excessOf = (manifest: Manifest): ReadonlyArray<string> =>
  rulesOf(manifest)
    .filter(([, holds]) => !holds)
    .map(([sentence]) => `${manifest.kind} ${manifest.metadata.name}: not so: it ${sentence}`)
