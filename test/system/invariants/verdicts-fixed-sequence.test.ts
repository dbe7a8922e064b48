/**
 * A fixed sequence of entries comes to the same as ever: outcome, reasons, trust and reputation of every message, and the
 * audit record. Whoever moves code without changing a decision leaves all numbers here as they are.
 *
 * Where it fails: `VERDICTS_OUT=FILE` writes what the first run came to, line by line, into FILE. Do it in both versions of
 * the code and compare the files. If `steps` differs, what is submitted has changed, and nothing can be said of the verdicts.
 * Whoever changes a decision on purpose compares the files too, says in the commit which messages differ and why, and only
 * then takes the new numbers.
 */
import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import { closeVerifyPool, verifyWith } from "@assay/testkit/driver"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Run, runSequence } from "./fixed-run.ts"
import { digestOfSteps, fixedSequence, type Sequence } from "./fixed-sequence.ts"

const MINUTES = 60_000

const sha256 = (lines: ReadonlyArray<string>): string => createHash("sha256").update(lines.join("\n")).digest("hex")

const column = (lines: ReadonlyArray<string>, n: number): ReadonlyArray<string> =>
  lines.map((line) => line.split("\t")[n]!)

const countsOf = (values: ReadonlyArray<string>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const value of values) if (value !== "" && value !== "-") counts[value] = (counts[value] ?? 0) + 1
  return counts
}

/** Columns of `Run.verdicts` and `Run.events`. */
const VERDICT = { outcome: 1, reasons: 2, trust: 3, reputation: 4 }
const EVENT = { kind: 2, to: 5 }

/*
 * Changed on purpose since the numbers were first taken: a command lies in the partition of its target, names its log, and
 * is one event, so 42 entries and 45 control events are gone and the places of what follows them are others (the override of
 * the breaker leaves an incident in the three other partitions). Before the first bundle no state is kept, so the second
 * message of each of four early devices says `integrity.chain_unknown`. Outcome, trust and reputation are as they were.
 * A revocation lies in every partition, for it is of a key: 5 of them are 15 entries more, and the places of what follows are
 * others. Nothing else of any verdict or event differs.
 */

/** What is submitted. */
const SUBMITTED = {
  steps: "5f1b32904f2b32c71eb70f0183a6bc116f7ebda5fc51010119ad25ab5633fd0f",
  entries: 30_235,
  messages: 26_107,
}

/** What becomes of it: SHA-256 over one line for each message, and over each column of these lines alone. */
const DIGESTS = {
  outcome: "283b7817f3a3358e659f5e6b555a87a9f5f5b8510733d907dfe559b73f885098",
  reasons: "c0815130cfbd0c33620decd3df19f677ca0f2ec89ac3c65955aa25196a3dacca",
  trust: "1e0fda5f8f30ce6c106c7cd71ac44c98ff1346d2442cd6c64ccf308f3a58f7f6",
  reputation: "6b0185e8bfd0bd72af6071d2faee43fa346b8bf47c0f219d41779d1013cbbe75",
  verdicts: "f00157d91ab402f1ff2017de30afb54044a22d503fd5354edb264e8c4fe0116d",
}
const AUDIT_DIGEST = "bc9ecfa6e613dd646d1602e9805c3a723eda6d7e9504a84c3e1f3eb049c28bea"

/** How many messages, by what was decided; they say where to look when a digest differs. */
const OUTCOMES = {
  annotated: 6694,
  quarantined: 3855,
  rejected: 250,
  verified: 15308,
}
const TRUST = {
  learning: 6332,
  probation: 16,
  quarantined: 2120,
  revoked: 1,
  stale: 48,
  trusted: 15845,
  watched: 1495,
}
const REASONS = {
  "anomaly.device_quarantined": 2120,
  "anomaly.device_revoked": 1,
  "anomaly.drift": 1171,
  "anomaly.flood": 92,
  "anomaly.learning": 6332,
  "anomaly.level_shift": 1213,
  "anomaly.min_trust": 1079,
  "anomaly.novel_range": 1294,
  "anomaly.probation": 16,
  "anomaly.rate": 292,
  "anomaly.silence": 8,
  "anomaly.stale": 48,
  "anomaly.stuck": 756,
  "anomaly.watched": 1495,
  "credential.bundle_expired": 4,
  "credential.bundle_missing": 12,
  "credential.expired": 2,
  "credential.holder_mismatch": 2,
  "credential.issuer_untrusted": 2,
  "credential.measurement_refused": 2,
  "credential.missing": 848,
  "credential.rate_exceeded": 304,
  "credential.revoked": 1619,
  "credential.value_out_of_range": 2,
  "identity.alg_refused": 24,
  "identity.clone_evidence": 2,
  "identity.epoch_jump": 2,
  "identity.equivocation": 4,
  "identity.future": 2,
  "identity.header_refused": 10,
  "identity.iat_before_genesis": 2,
  "identity.key_mismatch": 2,
  "identity.knowledge_missing": 12,
  "identity.malformed_claims": 46,
  "identity.malformed_jws": 58,
  "identity.malformed_record": 12,
  "identity.misrouted": 8,
  "identity.replayed": 8,
  "identity.signature_invalid": 68,
  "identity.stale": 8,
  "identity.too_large": 2,
  "identity.typ_refused": 10,
  "integrity.chain_broken": 2,
  "integrity.chain_gap": 2,
  "integrity.chain_pending": 18,
  "integrity.chain_unknown": 6,
  "integrity.firmware_rolled_back": 2,
  "integrity.firmware_tampered": 2,
  "integrity.firmware_unknown": 2,
  "integrity.knowledge_missing": 4,
  "segmentation.guardrail": 2,
  "segmentation.lateral_movement": 8,
  "segmentation.no_conduit": 16,
  "segmentation.policy_expired": 4,
  "segmentation.policy_missing": 8,
  "segmentation.unassigned": 2464,
}
/** How many audit events, and transitions by the state that they lead to. */
const EVENTS = {
  control: 47,
  decision: 25865,
  incident: 7,
  proof: 6,
  transition: 1924,
}
const TRANSITIONS = {
  learning: 607,
  probation: 23,
  quarantined: 86,
  revoked: 1,
  stale: 548,
  trusted: 613,
  watched: 46,
}

const HOW = "to see which messages: set VERDICTS_OUT, as the head of this file says"

let sequence: Sequence
let run: Run

beforeAll(async () => {
  sequence = fixedSequence()
  run = await runSequence(sequence)
  const file = process.env["VERDICTS_OUT"]
  if (file !== undefined) writeFileSync(file, [...run.verdicts, "", ...run.events, ""].join("\n"))
}, 10 * MINUTES)

afterAll(closeVerifyPool)

describe("a fixed sequence of entries", () => {
  it("is submitted as ever", () => {
    expect({ steps: digestOfSteps(sequence.steps), entries: run.entries, messages: run.verdicts.length }).toEqual(
      SUBMITTED,
    )
  })

  it("comes to as many of each outcome, trust state and reason", () => {
    expect(countsOf(column(run.verdicts, VERDICT.outcome))).toEqual(OUTCOMES)
    expect(countsOf(column(run.verdicts, VERDICT.trust))).toEqual(TRUST)
    expect(countsOf(column(run.verdicts, VERDICT.reasons).flatMap((reasons) => reasons.split(" ")))).toEqual(REASONS)
  })

  it("comes to the same outcome, reasons, trust and reputation for every message", () => {
    const { outcome, reasons, trust, reputation } = VERDICT
    const digests = {
      outcome: sha256(column(run.verdicts, outcome)),
      reasons: sha256(column(run.verdicts, reasons)),
      trust: sha256(column(run.verdicts, trust)),
      reputation: sha256(column(run.verdicts, reputation)),
      verdicts: sha256(run.verdicts),
    }
    expect(digests, HOW).toEqual(DIGESTS)
  })

  it("leaves the same audit record", () => {
    expect(countsOf(column(run.events, EVENT.kind))).toEqual(EVENTS)
    expect(countsOf(column(run.events, EVENT.to))).toEqual(TRANSITIONS)
    expect(sha256(run.events), HOW).toBe(AUDIT_DIGEST)
  })

  it(
    "comes to the same staged, in other batches, restored from the changelogs meanwhile, and verified by the other backend",
    async () => {
      await verifyWith("node")
      const sizes = [1, 7, 64, 200, 333, 1000]
      let next = 0
      const batchRecords = (): number => sizes[next++ % sizes.length]!
      const again = await runSequence(sequence, { topology: "staged", batchRecords, restart: true })
      expect(firstDifference(again.verdicts, run.verdicts)).toBeNull()
      expect(firstDifference(again.events, run.events)).toBeNull()
    },
    10 * MINUTES,
  )
})

const firstDifference = (found: ReadonlyArray<string>, expected: ReadonlyArray<string>) => {
  for (let n = 0; n < Math.max(found.length, expected.length); n++)
    if (found[n] !== expected[n]) return { found: found[n] ?? "nothing", expected: expected[n] ?? "nothing" }
  return null
}
