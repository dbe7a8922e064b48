/** Which custom resources are made here, whose they are, and what is kept of a definition. */
import { stringify } from "yaml"

/** One version of each, which the manifests are held against. */
export const VERSIONS = {
  keda: "2.20.2",
  prometheusOperator: "0.93.0",
  strimzi: "1.2.0",
  /** The program that both operators in Go make their definitions with, in the version that both use. */
  controllerGen: "0.21.0",
} as const

/** As JSON Schema, with what Kubernetes adds. */
export interface Schema {
  readonly [keyword: string]: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
}

export interface Crd {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly scope: string
    readonly versions: ReadonlyArray<{ readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }>
  }
}

export interface Source {
  /** Of the file here. */
  readonly file: string
  readonly kind: string
  readonly version: string
  /** The first line of the file, for people. */
  readonly of: string
}

const of = (project: string, version: string, authors: string): string =>
  `${project} ${version}, ${authors}, Apache License 2.0; without descriptions and status. Made by npm run crds.`
const keda = of("KEDA", VERSIONS.keda, "the KEDA authors")
const prometheus = of("Prometheus Operator", VERSIONS.prometheusOperator, "the prometheus-operator authors")
const strimzi = of("Strimzi", VERSIONS.strimzi, "the Strimzi authors")

/** The kinds that the chart and `assay topics strimzi` make, and the one of which the guide has an example. */
export const SOURCES = {
  keda: [
    { file: "keda-scaledobject.yaml", kind: "ScaledObject", version: "v1alpha1", of: keda },
    { file: "keda-triggerauthentication.yaml", kind: "TriggerAuthentication", version: "v1alpha1", of: keda },
  ],
  prometheus: [
    { file: "prometheus-podmonitor.yaml", kind: "PodMonitor", version: "v1", of: prometheus },
    { file: "prometheus-prometheusrule.yaml", kind: "PrometheusRule", version: "v1", of: prometheus },
  ],
  strimzi: [
    { file: "strimzi-kafka.yaml", kind: "Kafka", version: "v1", of: strimzi },
    { file: "strimzi-kafkanodepool.yaml", kind: "KafkaNodePool", version: "v1", of: strimzi },
    { file: "strimzi-kafkatopic.yaml", kind: "KafkaTopic", version: "v1", of: strimzi },
    { file: "strimzi-kafkauser.yaml", kind: "KafkaUser", version: "v1", of: strimzi },
  ],
} as const satisfies Readonly<Record<string, ReadonlyArray<Source>>>

/** A field may be called description, so a description is one only where a schema stands. */
const withoutDescriptions = ({ description: _, properties, items, additionalProperties, ...rest }: Schema): Schema => ({
  ...rest,
  ...(properties === undefined
    ? {}
    : {
        properties: Object.fromEntries(
          Object.entries(properties)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, one]) => [name, withoutDescriptions(one)]),
        ),
      }),
  ...(items === undefined ? {} : { items: withoutDescriptions(items) }),
  ...(additionalProperties === undefined
    ? {}
    : {
        additionalProperties:
          typeof additionalProperties === "boolean" ? additionalProperties : withoutDescriptions(additionalProperties),
      }),
})

/** What a manifest is held against: one version, and no status, which nobody but the operator writes. */
export const trimmed = ({ spec }: Crd, { kind, version }: Pick<Source, "kind" | "version">): Crd => {
  const found = spec.versions.find(({ name }) => name === version)
  if (spec.names.kind !== kind || found === undefined)
    throw new Error(`${spec.names.kind} has ${spec.versions.map(({ name }) => name).join()}, not ${kind} ${version}`)
  const { properties: { status: _, ...properties } = {}, ...rest } = found.schema.openAPIV3Schema
  const schema = withoutDescriptions({ ...rest, properties })
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.toLowerCase()}s.${spec.group}` },
    spec: {
      group: spec.group,
      names: { kind },
      scope: spec.scope,
      versions: [{ name: version, schema: { openAPIV3Schema: schema } }],
    },
  }
}

/** Keys in one order, whatever made it. */
const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, inOrder(one)]),
  )
}

/** The text of the file. */
export const textOf = (crd: Crd, source: Source): string =>
  `# ${source.of}\n${stringify(inOrder(trimmed(crd, source)), { lineWidth: 0, aliasDuplicateObjects: false })}`
