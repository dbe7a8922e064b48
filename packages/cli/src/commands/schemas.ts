/** `assay schemas`: registers the schemas of this version, checks that they are registered, or writes them as files. */

import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { readRegistry, registryAccess } from "@assay/node/log"
import { CONTRACT_FORMATS, contractFiles } from "@assay/schemas/contracts"
import {
  type AppliedSubject,
  applySubjects,
  checkSubjects,
  type RegistryClient,
  registryClient,
  SchemaRegistryError,
  type SubjectState,
  schemaFiles,
  subjectsOf,
} from "@assay/schemas/registry"
import { expectedOf, fits, KAFKA, processEnvironment } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { STREAMS } from "@assay/streams"
import { choose, chosen } from "../choice.ts"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { contractStreams } from "../contract-streams.ts"
import { fileProblem, writeOutput } from "../files.ts"
import { type Output, table } from "../output.ts"
import { version } from "../version.ts"

const connect = (given: Arguments): RegistryClient => {
  const registry = readRegistry(processEnvironment(), given.text("registry"))
  if (registry === null) throw new UsageError("name the schema registry: --registry URL, or SCHEMA_REGISTRY_URL")
  return registryClient(registryAccess(registry))
}

/** Of the topics that nodes with this environment use, unless --prefix says otherwise. */
const prefixOf = (given: Arguments): string => {
  const asked = given.text("prefix")
  const prefix = asked ?? readSettings({ prefix: KAFKA.prefix }, processEnvironment()).prefix
  if (fits(KAFKA.prefix, prefix)) return prefix
  throw new UsageError(`--prefix takes ${expectedOf(KAFKA.prefix)}, not ${JSON.stringify(prefix)}`)
}

const subjects = (given: Arguments) => subjectsOf(STREAMS, prefixOf(given))

const dash = (value: number | string | null): string => (value === null ? "-" : String(value))

const SAYS = {
  missing: "the subject is missing",
  "other-schema": "has not the schema of this version",
  "other-compatibility": "another compatibility",
} as const

const findings = (state: SubjectState): string => {
  const found = state.drift.map((kind) =>
    kind === "other-compatibility" ? `${SAYS[kind]}; wanted is ${state.wanted}` : SAYS[kind],
  )
  if (state.version !== null && state.latest !== null && state.latest > state.version) {
    found.push(`a later version (${state.latest}) is registered too`)
  }
  return found.join("; ") || "as it should be"
}

const rowsOf = <State extends SubjectState>(states: ReadonlyArray<State>, last: (state: State) => string): string =>
  table(
    ["subject", "id", "version", "compatibility", ""],
    states.map((state) => [state.subject, dash(state.id), dash(state.version), dash(state.compatibility), last(state)]),
    [1, 2],
  )

const check = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const client = connect(given)
  const states = await checkSubjects(client, subjects(given))
  const drifted = states.filter(({ drift }) => drift.length > 0).length
  output.result({ registry: client.url, ok: drifted === 0, subjects: states }, () => {
    output.say(rowsOf(states, findings))
    output.say(
      drifted === 0 ? "\nno drift" : `\n${drifted} of ${states.length} subjects differ: run assay schemas apply`,
    )
  })
  return drifted === 0 ? EXIT.ok : EXIT.failed
}

const done = ({ registered, compatibilitySet, ...state }: AppliedSubject): string => {
  const changes = [...(registered ? ["registered"] : []), ...(compatibilitySet ? ["compatibility set"] : [])]
  return changes.length > 0 ? changes.join(", ") : state.drift.length > 0 ? findings(state) : "unchanged"
}

const apply = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const client = connect(given)
  const applied = await applySubjects(client, subjects(given))
  const left = applied.filter(({ drift }) => drift.length > 0)
  output.result({ registry: client.url, ok: left.length === 0, subjects: applied }, () => {
    output.say(rowsOf(applied, done))
    for (const state of left) output.say(`${state.subject}: the registry did not take it: ${findings(state)}`)
  })
  return left.length === 0 ? EXIT.ok : EXIT.failed
}

const FORMATS = ["avro", ...CONTRACT_FORMATS] as const

/** The files of a format, each with the subject or stream that it is of; null: of all. */
const filesOf = (given: Arguments): ReadonlyArray<{ of: string | null; name: string; text: string }> => {
  const format = chosen(given, "format", FORMATS)
  return format === "avro"
    ? schemaFiles(subjects(given)).map(({ subject, name, text }) => ({ of: subject, name, text }))
    : contractFiles(format, contractStreams(prefixOf(given)), version).map(({ stream, name, text }) => ({
        of: stream,
        name,
        text,
      }))
}

const write = (given: Arguments, output: Output): ExitCode => {
  const out = given.required("out")
  const made = filesOf(given)
  try {
    mkdirSync(out, { recursive: true })
  } catch (cause) {
    throw new UsageError(`${out} (--out) cannot be made: ${fileProblem(cause)}`)
  }
  const files = made.map(({ of, name, text }) => {
    const file = join(out, name)
    writeOutput(file, text)
    return { subject: of, file }
  })
  output.result({ ok: true, files }, () => {
    for (const { file } of files) output.say(file)
  })
  return EXIT.ok
}

const RUN = { apply, check, export: write } as const
const VERBS = ["apply", "check", "export"] as const

export const schemas: Command = {
  name: "schemas",
  summary: "register this version's schemas at a schema registry, check that they are, or write them as files",
  usage: "schemas apply|check|export [--registry URL] [--prefix P] [--out DIR] [--format FORMAT]",
  details: `apply registers the schema of each stream under <prefix><stream>-value and sets how it may change; done twice, it
changes nothing. check changes nothing and ends with 1 where a subject is missing, has another schema or another
compatibility. With basic authentication: SCHEMA_REGISTRY_USER and SCHEMA_REGISTRY_PASSWORD.

export writes one file per stream, <prefix><stream>-value.avsc, which any Avro library reads by itself; it asks no
registry. A record on a stream is five bytes (00, and the schema's id as int32 big-endian) and a body of the schema.
--format json-schema writes a JSON Schema for each stream, odcs a data contract (ODCS 3.1) for each, asyncapi one AsyncAPI 3
document of all: all of them follow from the Avro schemas.`,
  takes: 1,
  options: {
    registry: { type: "string", value: "URL", help: "the schema registry; in place of SCHEMA_REGISTRY_URL" },
    format: { type: "string", value: "FORMAT", default: "avro", help: `what export writes: ${FORMATS.join(", ")}` },
    out: { type: "string", value: "DIR", help: "where export writes; made where it is missing" },
    prefix: { type: "string", value: "P", help: "what the topics' names begin with (default ASSAY_STREAM_PREFIX)" },
  },
  run: async (given, output) => {
    const verb = choose("assay schemas", given.positionals[0], VERBS)
    try {
      return await RUN[verb](given, output)
    } catch (cause) {
      if (!(cause instanceof SchemaRegistryError)) throw cause
      if (cause.code !== "incompatible") throw new UsageError(cause.message)
      output.result({ ok: false, error: cause.code, message: cause.message }, () => output.say(cause.message))
      return EXIT.failed
    }
  },
}
