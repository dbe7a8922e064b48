/** Finds what is written a second time of a declared setting: its variable, its default, the reading of the environment. */
import {
  ANCHOR,
  COMMAND,
  EGRESS,
  fileKeyOf,
  HTTP,
  isSecret,
  KAFKA,
  KAFKA_SCRIPT,
  LOG,
  MQTT,
  MQTT_SCRIPT,
  NODE,
  ONEM2M,
  ONEM2M_SCRIPT,
  READ_MODEL,
  REDIS_SCRIPT,
  REGISTRY,
  REGISTRY_SCRIPT,
  type Setting,
  TELEMETRY,
} from "@assay/settings"

export interface Finding {
  readonly what: "variable" | "default" | "unknown variable" | "environment"
  /** As it stands in the source. */
  readonly text: string
}

type Named = readonly [name: string, setting: Setting<unknown>]

const named = (groups: ReadonlyArray<Readonly<Record<string, Setting<unknown>>>>): ReadonlyArray<Named> =>
  groups.flatMap((group) => Object.entries(group))

const OF_NODES = named([NODE, LOG, KAFKA, REGISTRY, HTTP, TELEMETRY, READ_MODEL, EGRESS, MQTT, ONEM2M, ANCHOR, COMMAND])
const NAMED = [...OF_NODES, ...named([KAFKA_SCRIPT, REGISTRY_SCRIPT, REDIS_SCRIPT, MQTT_SCRIPT, ONEM2M_SCRIPT])]

const KEYS: ReadonlySet<string> = new Set(
  NAMED.flatMap(([, setting]) => [setting.key, ...(isSecret(setting) ? [fileKeyOf(setting)] : [])]),
)

/** Texts of some length are nobody else's by chance; the words of a choice are those of a type, too. */
const DISTINCT = 8
const TEXTS: ReadonlySet<unknown> = new Set(
  NAMED.filter(([, { takes }]) => takes.kind === "text")
    .map(([, { fallback }]) => fallback)
    .filter((text) => typeof text === "string" && text.length >= DISTINCT),
)
const PORTS: ReadonlySet<unknown> = new Set(
  NAMED.filter(([name]) => /port$/i.test(name)).map(([, { fallback }]) => fallback),
)

const TOKEN = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g
const isComment = (token: string): boolean => token.startsWith("/")

const literalsOf = (source: string): ReadonlyArray<string> =>
  (source.match(TOKEN) ?? []).filter((token) => !isComment(token)).map((token) => token.slice(1, -1))

const withoutComments = (source: string): string => source.replace(TOKEN, (token) => (isComment(token) ? "" : token))
/** Also without what stands in texts: names of properties and numbers are left. */
const bare = (source: string): string => source.replace(TOKEN, (token) => (isComment(token) ? "" : '""'))

const NUMBER = /(?<![\w.])\d[\d_]*(?![\w.])/g
const numberOf = (text: string): number => Number(text.replaceAll("_", ""))
const VARIABLE = /\b(?:ASSAY|KAFKA|SCHEMA_REGISTRY)_[A-Z][A-Z_]*[A-Z]\b/g
const ENVIRONMENT = /process\s*\.\s*env\b|process\[|\{[^{}]*\benv\b[^{}]*\}\s*=\s*process\b|from "(?:node:)?process"/g

/** `name: literal` with the very default of the setting of that name. */
const namedDefaults = (code: string): ReadonlyArray<string> =>
  OF_NODES.flatMap(([name, { fallback, takes }]) => {
    if (fallback === null || fallback === "" || takes.kind === "choice") return []
    const literal = typeof fallback === "number" ? String.raw`([\d_]+)` : '"([^"]*)"'
    const found = [...code.matchAll(new RegExp(String.raw`\b${name}: ${literal}`, "g"))]
    return found
      .filter(([, value = ""]) => (typeof fallback === "number" ? numberOf(value) : value) === fallback)
      .map(([text]) => text)
  })

/** Names in capitals that stand as a property: `{ NAME: 1 }`, `{ NAME }`, `.NAME`. `LOG` is also a group of declarations. */
const propertiesOf = (code: string): ReadonlyArray<string> =>
  [...code.matchAll(/(?<=[{,.]\s*)([A-Z][A-Z_]+)(?=\s*(:|[,})\];=]|$))/gm)]
    .filter(([, name, behind]) => name !== LOG.engine.key || behind === ":")
    .map(([text]) => text)

/** Everything of a source that a declaration says already. */
export const scan = (source: string): ReadonlyArray<Finding> => {
  const literals = literalsOf(source)
  const properties = propertiesOf(bare(source))
  const of = (what: Finding["what"], texts: ReadonlyArray<string>): ReadonlyArray<Finding> =>
    texts.map((text) => ({ what, text }))
  return [
    ...of(
      "variable",
      [...literals, ...properties].filter((text) => KEYS.has(text)),
    ),
    ...of(
      "unknown variable",
      literals.flatMap((text) => text.match(VARIABLE) ?? []).filter((text) => !KEYS.has(text)),
    ),
    ...of(
      "default",
      literals.filter((text) => TEXTS.has(text)),
    ),
    ...of(
      "default",
      (bare(source).match(NUMBER) ?? []).filter((text) => PORTS.has(numberOf(text)) && numberOf(text) > 0),
    ),
    ...of("default", namedDefaults(withoutComments(source))),
    ...of("environment", withoutComments(source).match(ENVIRONMENT) ?? []),
  ]
}
