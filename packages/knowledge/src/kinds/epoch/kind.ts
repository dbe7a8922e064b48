/**
 * What an epoch of the log goes on from: the log before it, and the final head of each of its partitions. Signed by the roots,
 * and activated by the first entry of every partition, so that the first leaf of the new log vouches for the last of the old.
 */
import { integer, list, object, text, type ValueOf } from "@assay/jose/shape"
import { DSSE_MEDIA_TYPE, refuse, signedByRoots } from "../../authority/roots.ts"
import { NEVER, plainOf, readJson } from "../../bodies/read-json.ts"
import type { KnowledgeKind } from "../../kind.ts"
import { KIND_TITLES } from "../titles.ts"

/** The DSSE payload type: the JSON text. */
export const EPOCH_TYPE = "application/vnd.assay.epoch+json"

const MAX_BYTES = 1 << 20
/** As many as a log has partitions at most. */
const MAX_PARTITIONS = 1_024

const head = object({
  partition: integer(0, MAX_PARTITIONS - 1),
  /** The entries of `submitted` below this offset were judged; what lies there or later is judged in the new epoch. */
  next: integer(0),
  /** The checkpoint over all of the partition's audit events: a signed note. */
  checkpoint: text(4_096),
})

const shape = object({
  /** The number of the new epoch. */
  version: integer(2, 1_000_000),
  partitions: integer(1, MAX_PARTITIONS),
  previous: object({
    /** `assay-log:<epoch>:<genesis>`. */
    log: text(100),
    heads: list(head, MAX_PARTITIONS, 1),
  }),
})

export type Epoch = ValueOf<typeof shape>

const problemOf = ({ partitions, previous: { heads } }: Epoch): string | null => {
  if (partitions % heads.length !== 0)
    return `partitions: ${partitions} is no multiple of the ${heads.length} of the log before: devices would not move together with what their partition knows`
  const wrong = heads.findIndex(({ partition }, index) => partition !== index)
  return wrong < 0 ? null : `previous.heads[${wrong}].partition: the heads are those of partitions 0 to N-1, in order`
}

const parse = (bytes: Uint8Array) => readJson(bytes, shape, MAX_BYTES, problemOf, true)

const linesOf = ({ version, partitions, previous }: Epoch): ReadonlyArray<string> => [
  `epoch ${version} with ${partitions} partitions goes on from ${previous.log} with ${previous.heads.length}`,
  ...previous.heads.map(
    ({ partition, next, checkpoint }) =>
      `partition ${partition}: judged up to ${next}; ${checkpoint.split("\n")[1] ?? "?"} leaves`,
  ),
]

export const EPOCH: KnowledgeKind<Epoch> = {
  name: "epoch",
  title: KIND_TITLES.epoch,
  scope: "deployment",
  authority: "roots",
  mediaType: DSSE_MEDIA_TYPE,
  maximum: { bytes: 2 * MAX_BYTES, subjects: 1 },
  required: false,
  subject: () => "",
  open: (bytes, { roots }) => {
    const signed = signedByRoots(bytes, EPOCH_TYPE, roots)
    if ("reasons" in signed) return signed
    const parsed = parse(signed.payload)
    if ("problem" in parsed) return refuse("control.knowledge_malformed", parsed.problem)
    return { version: parsed.body.version, body: parsed.body, subject: "" }
  },
  project: () => null,
  expiresAt: () => NEVER,
  stops: "subject",
  plain: {
    payloadType: EPOCH_TYPE,
    read: (bytes, { file }) => plainOf(parse(bytes), file),
    diff: (before, after) => ({ value: { before, after }, lines: [...linesOf(before), "then", ...linesOf(after)] }),
    explain: linesOf,
  },
}
