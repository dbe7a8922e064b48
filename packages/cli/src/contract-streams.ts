/** The streams as their contracts describe them, from the registry's subjects and the specifications of the streams. */
import type { ContractStream } from "@assay/schemas/contracts"
import { type Subject, type SubjectStream, subjectsOf } from "@assay/schemas/registry"
import { STREAMS, streamSpecs } from "@assay/streams"

const BETWEEN = "Entries between two stages; no consumer but Assay's own stages."

const ABOUT: Readonly<Record<SubjectStream, string>> = {
  submitted: "What devices and operators hand in, in the order that counts; nothing of it is checked yet.",
  identified: BETWEEN,
  checked: BETWEEN,
  hashed: BETWEEN,
  segmented: BETWEEN,
  verified: "Messages that are proven: five passed verdicts of a trusted device, its signed bytes inside.",
  annotated:
    "Messages to be used with care: a warning, or a device that is not trusted yet; also held ones issued later.",
  quarantined: "Messages that are held: a failed verdict, or a device in quarantine.",
  revoked: "Messages that were issued and are taken back: what they were believed by was revoked since.",
  rejected: "What was never authenticated, as it came, with the reason.",
  audit: "What was decided and done: decisions, transitions, control outcomes, proofs, incidents.",
  checkpoints: "Signed checkpoints of the transparency log.",
  knowledge: "Bodies of knowledge that came into force, by their hash.",
  passports: "Passports as they were issued to trusted devices, by device: the newest one counts.",
  readingsVerified: "One flat row for each reading of a verified message, exactly once.",
  readingsAnnotated: "One flat row for each reading of an annotated message, exactly once.",
  readingsQuality: "Counts by minute, class, zone and outcome: how complete, how fresh, and how much of it verified.",
}

const EVENTS: ReadonlySet<SubjectStream> = new Set(["verified", "annotated", "quarantined", "revoked"])
const INPUTS: ReadonlySet<SubjectStream> = new Set(["submitted"])
const ROWS: ReadonlySet<SubjectStream> = new Set(["readingsVerified", "readingsAnnotated"])
const ROW_KEY = ["originEpoch", "originPartition", "originOffset", "position"]

const keyOf = (stream: string): SubjectStream =>
  (Object.keys(ABOUT) as ReadonlyArray<SubjectStream>).find((key) => STREAMS[key] === stream)!

/** @param prefix of the topics */
export const contractStreams = (prefix: string): ReadonlyArray<ContractStream> => {
  const retention = new Map(streamSpecs().map(({ stream, retentionMs }) => [stream, retentionMs]))
  return subjectsOf(STREAMS, prefix).map(({ stream, schema }: Subject) => {
    const key = keyOf(stream)
    return {
      stream,
      topic: prefix + stream,
      schema,
      about: ABOUT[key],
      retentionMs: retention.get(stream) ?? null,
      hasEvents: EVENTS.has(key),
      isInput: INPUTS.has(key),
      key: ROWS.has(key) ? ROW_KEY : [],
    }
  })
}
