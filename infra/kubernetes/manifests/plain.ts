/** What the chart renders, as manifests that are applied without Helm. */
import { type Manifest, type Rendering, render } from "../helm.ts"
import type { Fields, Value } from "./difference.ts"

/** Names begin with it, as of a release of this name. */
const RELEASE = "assay"
/** Of the chart's values files none is of the base, and each says where its brokers are. */
export const BASE: Rendering = { release: RELEASE, set: { "kafka.brokers": '["kafka:9093"]' } }

export interface Plain {
  /** What stays. */
  readonly running: ReadonlyArray<Manifest>
  /** What is applied before, and stays when the rest goes: jobs, which end, what lets them out, and the sealer's volume. */
  readonly setup: ReadonlyArray<Manifest>
}

const IS_HELMS = /^helm\.sh\/|^app\.kubernetes\.io\/managed-by$/
/** A job that is done goes by itself, since a job in the cluster cannot be changed by the next version. */
const JOB_KEPT_SECONDS = 600

/** Without what is Helm's own: its labels, its hooks. */
const withoutHelm = (value: Value): Value => {
  if (Array.isArray(value)) return (value as ReadonlyArray<Value>).map(withoutHelm)
  if (typeof value !== "object" || value === null) return value
  const kept = Object.entries(value as Fields).flatMap(([field, inner]) => {
    if (IS_HELMS.test(field)) return []
    const plain = withoutHelm(inner)
    const isEmptied = field === "annotations" && Object.keys(plain as Fields).length === 0
    return isEmptied ? [] : [[field, plain] as const]
  })
  return Object.fromEntries(kept)
}

export const componentOf = ({ metadata }: Manifest): string => metadata.labels?.["app.kubernetes.io/component"] ?? "all"

/** A manifest's own place: no two of a deployment have the same. */
export const idOf = ({ apiVersion, kind, metadata }: Manifest): string => `${apiVersion} ${kind} ${metadata.name}`

/** @throws Error with what Helm said */
export const plainOf = (rendering: Rendering): Plain => {
  const all = render({ release: RELEASE, ...rendering }).map(
    (one) => withoutHelm(one as unknown as Value) as unknown as Manifest,
  )
  // Helm keeps the claim by an annotation; without Helm it is kept where it is not deleted with the rest.
  const isSetup = (one: Manifest): boolean => componentOf(one) === "setup" || one.kind === "PersistentVolumeClaim"
  return {
    running: all.filter((one) => !isSetup(one)),
    setup: all
      .filter(isSetup)
      .map((one) =>
        one.kind === "Job" ? { ...one, spec: { ...one.spec, ttlSecondsAfterFinished: JOB_KEPT_SECONDS } } : one,
      ),
  }
}
