/**
 * By which version each stage judges from its activation on. An item of its own, so that an update of Assay changes no verdict:
 * code brings versions, and the roots choose among them.
 */
import { parseStrict } from "@assay/jose"
import { formatPath, integer, lineOf, object, readShape, type ValueOf } from "@assay/jose/shape"
import type { LogicVersions } from "@assay/trust"
import { DSSE_MEDIA_TYPE, refuse, signedByRoots } from "../../authority/roots.ts"
import type { KnowledgeKind, Plain } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"

/** The DSSE payload type: the JSON text. */
export const LOGIC_TYPE = "application/vnd.assay.logic+json"

const MAX_BYTES = 4_096
const MAX_VERSION = 65_535

/** The last millisecond that JavaScript can name (ECMA-262, 21.4.1.1): what the stages judge by has no end of its own. */
const NEVER = 8_640_000_000_000_000

const stage = integer(1, MAX_VERSION)
const shape = object({
  version: integer(1),
  logic: object({ identity: stage, credential: stage, integrity: stage, segmentation: stage, anomaly: stage }),
})

export type LogicChoice = ValueOf<typeof shape>

const parse = (bytes: Uint8Array): { readonly body: LogicChoice } | { readonly problem: string } => {
  if (bytes.length > MAX_BYTES) return { problem: `is larger than ${MAX_BYTES} bytes` }
  const json = parseStrict(bytes)
  if ("reason" in json) return { problem: json.detail }
  const read = readShape(shape, json.value)
  if ("value" in read) return { body: read.value }
  const { path, message } = read[0]!
  const line = lineOf(new TextDecoder().decode(bytes), path)
  return { problem: `${line === undefined ? "" : `line ${line}: `}${formatPath(path)} ${message}` }
}

const changes = (before: LogicVersions, after: LogicVersions): ReadonlyArray<string> =>
  (Object.keys(after) as ReadonlyArray<keyof LogicVersions>)
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name}: version ${after[name]} instead of ${before[name]}`)

export const LOGIC: KnowledgeKind<LogicChoice> = {
  name: "logic",
  title: KIND_TITLES.logic,
  scope: "deployment",
  authority: "roots",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: 4 * MAX_BYTES + 16_384, subjects: 1 },
  // Every stage judges by its first version where there is none.
  required: false,
  subject: () => "",
  open: (bytes, { roots }) => {
    const signed = signedByRoots(bytes, LOGIC_TYPE, roots)
    if ("reasons" in signed) return signed
    const parsed = parse(signed.payload)
    if ("problem" in parsed) return refuse("control.knowledge_malformed", parsed.problem)
    return { version: parsed.body.version, body: parsed.body, subject: "" }
  },
  project: () => null,
  expiresAt: () => NEVER,
  stops: "subject",
  chooses: ({ logic }) => logic,
  plain: {
    payloadType: LOGIC_TYPE,
    read: (bytes, { file }): Plain<LogicChoice> => {
      const parsed = parse(bytes)
      return "problem" in parsed
        ? { body: null, problems: [`${file}: error: ${parsed.problem}`] }
        : { body: parsed.body, problems: [] }
    },
    diff: (before, after) => {
      const lines = changes(before.logic, after.logic)
      return { value: { before: before.logic, after: after.logic }, lines }
    },
    explain: ({ logic }) => Object.entries(logic).map(([name, version]) => `${name} judges by version ${version}`),
  },
}
