/**
 * By which version each stage judges from its activation on. An item of its own, so that an update of Assay changes no verdict:
 * code brings versions, and the roots choose among them.
 */
import { integer, object, type ValueOf } from "@assay/jose/shape"
import type { LogicVersions } from "@assay/trust"
import { DSSE_MEDIA_TYPE, refuse, signedByRoots } from "../../authority/roots.ts"
import { NEVER, plainOf, readJson } from "../../bodies/read-json.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"

/** The DSSE payload type: the JSON text. */
export const LOGIC_TYPE = "application/vnd.assay.logic+json"

const MAX_BYTES = 4_096
const MAX_VERSION = 65_535

const stage = integer(1, MAX_VERSION)
const shape = object({
  version: integer(1),
  logic: object({ identity: stage, credential: stage, integrity: stage, segmentation: stage, anomaly: stage }),
})

export type LogicChoice = ValueOf<typeof shape>

const parse = (bytes: Uint8Array) => readJson(bytes, shape, MAX_BYTES, undefined, true)

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
    read: (bytes, { file }) => plainOf(parse(bytes), file),
    diff: (before, after) => {
      const lines = changes(before.logic, after.logic)
      return { value: { before: before.logic, after: after.logic }, lines }
    },
    explain: ({ logic }) => Object.entries(logic).map(([name, version]) => `${name} judges by version ${version}`),
  },
}
