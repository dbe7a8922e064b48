/**
 * Custom resources, held against the definitions of their operators (`infra/kubernetes/crds`) as an API server holds them: types, enums,
 * patterns, bounds, what is required, keys of lists, and the rules in CEL, as far as `RULES` has them. Where an API server would drop
 * an unknown field without a word, it is an error here.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import Ajv, { type ErrorObject, type ValidateFunction } from "ajv"
import { parse } from "yaml"
import { type Crd, type Schema, SOURCES } from "../../kubernetes/crds/sources.ts"
import type { Manifest } from "../../kubernetes/helm.ts"

const CRDS = join(import.meta.dirname, "../../kubernetes/crds")

const DNS = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
const texts = (values: Schema): Schema => ({ type: "object", additionalProperties: values })
/** What an API server itself asks of the metadata of a resource; a definition says nothing of it. */
const METADATA: Schema = {
  type: "object",
  required: ["name"],
  additionalProperties: false,
  properties: {
    name: { type: "string", maxLength: 253, pattern: `^${DNS}(\\.${DNS})*$` },
    namespace: { type: "string", maxLength: 63, pattern: `^${DNS}$` },
    labels: texts({ type: "string", maxLength: 63, pattern: "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$" }),
    annotations: texts({ type: "string" }),
  },
}

type Fields = Readonly<Record<string, never>>

/** Rules in CEL, by their text without line ends. One that is not here is an error, so that a new release brings none unseen. */
const RULES: Readonly<Record<string, (self: Fields) => boolean>> = {
  "!has(self.minReplicaCount) || self.minReplicaCount <= (has(self.maxReplicaCount) ? self.maxReplicaCount : 100)": ({
    minReplicaCount,
    maxReplicaCount,
  }) => minReplicaCount === undefined || minReplicaCount <= (maxReplicaCount ?? 100),
  "self.type == 'tls' || (!has(self.validityDays) && !has(self.renewalDays))": ({ type, validityDays, renewalDays }) =>
    type === "tls" || (validityDays === undefined && renewalDays === undefined),
  "self.type != 'tls' || (has(self.renewalDays) == has(self.validityDays))": ({ type, validityDays, renewalDays }) =>
    type !== "tls" || (renewalDays === undefined) === (validityDays === undefined),
  "self.type != 'tls' || !has(self.renewalDays) || !has(self.validityDays) || self.renewalDays < self.validityDays": ({
    type,
    validityDays,
    renewalDays,
  }) => type !== "tls" || renewalDays === undefined || validityDays === undefined || renewalDays < validityDays,
  "self.type != 'jmxPrometheusExporter' || has(self.valueFrom)": ({ type, valueFrom }) =>
    type !== "jmxPrometheusExporter" || valueFrom !== undefined,
  "self.type != 'strimziMetricsReporter'": ({ type }) => type !== "strimziMetricsReporter",
  // A field that is not there ends an expression with an error, and the resource is refused.
  '(has(self.type) && self.type != "topology-label") || self.topologyKey != ""': ({ type, topologyKey }) =>
    (type !== undefined && type !== "topology-label") || (topologyKey !== undefined && topologyKey !== ""),
  'has(self.type) == false || self.type != "environment-variable" || self.envVarName != ""': ({ type, envVarName }) =>
    type !== "environment-variable" || (envVarName !== undefined && envVarName !== ""),
}

interface Rule {
  readonly rule: string
  readonly message?: string
}

/** Patterns are RE2's, which sets a flag for what follows it. */
const patternOf = (pattern: string): string => pattern.replace(/^\^\(\?i\)(.*)\$$/, "^(?i:$1)$")

/** An object has the fields that it names and no others, unless the definition says that it has others. */
const closed = (schema: Schema): Schema => {
  const { properties, items, additionalProperties, default: _, pattern, ...others } = schema
  const rest: Schema = { ...others, ...(pattern === undefined ? {} : { pattern: patternOf(String(pattern)) }) }
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true
  const isEither = schema["x-kubernetes-int-or-string"] === true
  const { anyOf, ...plain } = rest
  const inner = {
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, closed(one)])) }),
    ...(items === undefined ? {} : { items: closed(items) }),
  }
  if (isEither) return { ...plain, type: ["integer", "string"] }
  if (schema["type"] !== "object") return { ...rest, ...inner }
  const more =
    typeof additionalProperties === "object" ? closed(additionalProperties) : (additionalProperties ?? isOpen)
  return { ...rest, ...inner, additionalProperties: more }
}

const ajv = (): Ajv.default => {
  const made = new Ajv.default({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allErrors: true,
    allowUnionTypes: true,
  })
  for (const word of ["x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-map-type"])
    made.addKeyword(word)
  made.addKeyword("x-kubernetes-list-map-keys")
  made.addFormat("int32", { type: "number", validate: (value) => Math.abs(value) < 2 ** 31 })
  made.addFormat("int64", { type: "number", validate: Number.isSafeInteger })
  made.addKeyword({
    keyword: "x-kubernetes-list-type",
    type: "array",
    error: { message: "has an item twice" },
    compile:
      (of: string, { "x-kubernetes-list-map-keys": keys = [] }: Schema) =>
      (list: ReadonlyArray<Fields>) => {
        if (of === "atomic") return true
        const named = list.map((one) =>
          JSON.stringify(of === "set" ? one : (keys as Array<string>).map((key) => one[key])),
        )
        return new Set(named).size === named.length
      },
  })
  made.addKeyword({
    keyword: "x-kubernetes-validations",
    error: {
      message: ({ schema }) =>
        `must follow: ${(schema as ReadonlyArray<Rule>).map(({ message }) => message).join(" ")}`,
    },
    compile: (rules: ReadonlyArray<Rule>) => {
      const checks = rules.map(({ rule }) => {
        const check = RULES[rule.replace(/\s+/g, " ").trim()]
        if (check === undefined) throw new Error(`a rule in CEL that is not known here: ${rule}`)
        return check
      })
      return (value: Fields) => checks.every((check) => check(value))
    },
  })
  return made
}

const compiled = (): ReadonlyMap<string, ValidateFunction> => {
  const checks = ajv()
  return new Map(
    Object.values(SOURCES)
      .flat()
      .map(({ file, kind }) => {
        const { spec } = parse(readFileSync(join(CRDS, file), "utf8")) as Crd
        const [{ name, schema }] = spec.versions as readonly [Crd["spec"]["versions"][number]]
        const { properties, ...rest } = schema.openAPIV3Schema
        const apiVersion = `${spec.group}/${name}`
        const all = { ...properties, metadata: METADATA, apiVersion: { const: apiVersion }, kind: { const: kind } }
        const required = [
          ...new Set([...((rest["required"] as Array<string>) ?? []), "apiVersion", "kind", "metadata"]),
        ]
        return [`${apiVersion} ${kind}`, checks.compile(closed({ ...rest, required, properties: all }))] as const
      }),
  )
}

let validators: ReadonlyMap<string, ValidateFunction> | null = null

/** A sentence of Ajv's, with the field that it means. */
const sentence = ({ instancePath, message, params, keyword }: ErrorObject): string => {
  if (keyword === "additionalProperties") return `${instancePath} has no field ${String(params["additionalProperty"])}`
  return `${instancePath} ${message}${keyword === "enum" ? `: ${String(params["allowedValues"])}` : ""}`
}

/** Whether it is of a kind that is held against a definition here. */
export const isCustom = ({ apiVersion, kind }: Pick<Manifest, "apiVersion" | "kind">): boolean => {
  validators ??= compiled()
  return validators.has(`${apiVersion} ${kind}`)
}

/** What its operator's definition refuses of a resource; empty where it takes it, or is of no such kind. */
export const refusedOf = (manifest: Manifest): ReadonlyArray<string> => {
  const { apiVersion, kind, metadata } = manifest
  validators ??= compiled()
  const validate = validators.get(`${apiVersion} ${kind}`)
  if (validate === undefined || validate(manifest)) return []
  return validate.errors!.map((error) => `${kind} ${metadata.name}: ${sentence(error)}`)
}
