/**
 * A fixed sequence of entries comes to the same as ever: outcome, reasons, trust and reputation of every message, and the
 * audit record. Whoever moves code without changing a decision leaves all numbers here as they are.
 *
 * Where it fails: `VERDICTS_OUT=FILE` writes what the first run came to, line by line, into FILE. Do it in both versions of
 * the code and compare the files. If `steps` differs, what is submitted has changed, and nothing can be said of the verdicts.
 * Whoever changes a decision on purpose compares the files too, says in the commit which messages differ and why, and only
 * then takes the new numbers: `VERDICTS_TAKE=true` writes them into fixed-verdicts.json.
 * verdicts-in-other-ways.long.test.ts judges the same sequence in other ways.
 */
import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { closeVerifyPool } from "@assay/testkit/driver"
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
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Columns of `Run.verdicts` and `Run.events`. */
const VERDICT = { outcome: 1, reasons: 2, trust: 3, reputation: 4 }
const EVENT = { kind: 2, to: 5 }

/** What all of it came to when a decision was last changed on purpose. */
const EXPECTED_FILE = fileURLToPath(new URL("fixed-verdicts.json", import.meta.url))

/** What one run came to: counts say where to look when a digest (SHA-256 over one line for each message or event) differs. */
const summaryOf = (sequence: Sequence, run: Run) => {
  const { outcome, reasons, trust, reputation } = VERDICT
  return {
    submitted: { steps: digestOfSteps(sequence.steps), entries: run.entries, messages: run.verdicts.length },
    counts: {
      outcomes: countsOf(column(run.verdicts, outcome)),
      trust: countsOf(column(run.verdicts, trust)),
      reasons: countsOf(column(run.verdicts, reasons).flatMap((codes) => codes.split(" "))),
    },
    verdicts: {
      outcome: sha256(column(run.verdicts, outcome)),
      reasons: sha256(column(run.verdicts, reasons)),
      trust: sha256(column(run.verdicts, trust)),
      reputation: sha256(column(run.verdicts, reputation)),
      all: sha256(run.verdicts),
    },
    audit: {
      kinds: countsOf(column(run.events, EVENT.kind)),
      transitions: countsOf(column(run.events, EVENT.to)),
      all: sha256(run.events),
    },
  }
}

const HOW = "to see which messages: set VERDICTS_OUT, as the head of this file says"

type Summary = ReturnType<typeof summaryOf>

let sequence: Sequence
let run: Run
let found: Summary
let expected: Summary

beforeAll(async () => {
  sequence = fixedSequence()
  run = await runSequence(sequence)
  const file = process.env["VERDICTS_OUT"]
  if (file !== undefined) writeFileSync(file, [...run.verdicts, "", ...run.events, ""].join("\n"))
  found = summaryOf(sequence, run)
  if (process.env["VERDICTS_TAKE"] === "true") writeFileSync(EXPECTED_FILE, `${JSON.stringify(found, null, 2)}\n`)
  expected = JSON.parse(readFileSync(EXPECTED_FILE, "utf8")) as Summary
}, 10 * MINUTES)

afterAll(closeVerifyPool)

describe("a fixed sequence of entries", () => {
  it("is submitted as ever", () => {
    expect(found.submitted).toEqual(expected.submitted)
  })

  it("comes to as many of each outcome, trust state and reason", () => {
    expect(found.counts).toEqual(expected.counts)
  })

  it("comes to the same outcome, reasons, trust and reputation for every message", () => {
    expect(found.verdicts, HOW).toEqual(expected.verdicts)
  })

  it("leaves the same audit record", () => {
    expect(found.audit, HOW).toEqual(expected.audit)
  })
})
