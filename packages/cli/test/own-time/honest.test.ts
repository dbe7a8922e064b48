import { KINDS } from "@assay/fleet"
import { expect, it } from "vitest"
import { makeOutput } from "../../src/output.ts"
import { type HonestRow, judgeHonest, unknownPunished, unknownWrongs } from "../../src/own-time/honest.ts"
import { showHonestKinds } from "../../src/own-time/honest-table.ts"

const judged = (names: ReadonlyArray<string>, messages: number, machines = 1) =>
  judgeHonest({
    kinds: KINDS.filter(({ name }) => names.includes(name)),
    seed: "test",
    messages: () => messages,
    machines,
    onProgress: () => undefined,
  })

it("lets machines of several kinds speak side by side, each by its own clock, and counts what became of them", async () => {
  const rows = await judged(["door-flag", "deep-sleeper", "tide"], 40, 2)
  expect(rows.map(({ kind }) => kind)).toEqual(["deep-sleeper", "door-flag", "tide"])
  for (const row of rows) {
    expect(Object.values(row.outcomes).reduce((sum, count) => sum + count, 0)).toBe(80)
    expect(row).toMatchObject({ machines: 2, messages: 40, quarantines: 0, untrusted: 0 })
  }
})

it("lets the odd things happen that a kind is about: a new board, a lost message", async () => {
  const [lossy, swapped] = await judged(["lossy-network", "swapped-board"], 330)
  expect(lossy!.reasons["integrity.chain_gap"]).toBeGreaterThan(100)
  // Both boards were learned.
  expect(swapped!.reasons["anomaly.learning"]).toBe(16)
})

const row = (kind: string, wrong: ReadonlyArray<string>, known: string | null): HonestRow => ({
  kind,
  title: `the ${kind}`,
  outcomes: { verified: 1, annotated: 0, quarantined: 0, rejected: 0, undecided: 0 },
  reasons: {},
  wrong,
  punished: wrong.filter((why) => why.startsWith("watched")),
  known,
  machines: 1,
  messages: 1,
  unverified: 0,
  watches: 0,
  quarantines: 0,
  untrusted: 0,
})

it("calls a fault what is wrong and not known to be, and hides nothing", () => {
  const rows = [
    row("good", [], null),
    row("known", ["watched 1 times"], "a reason"),
    row("new", ["watched 2 times"], null),
    row("noted", ["3.0 % not verified, where 2 % may be"], null),
  ]
  expect(unknownWrongs(rows)).toEqual([
    "honest kind new: watched 2 times",
    "honest kind noted: 3.0 % not verified, where 2 % may be",
  ])
  expect(unknownPunished(rows)).toEqual(["honest kind new: watched 2 times"])
  const said: Array<string> = []
  showHonestKinds(rows, { ...makeOutput(false), say: (line = "") => said.push(line) })
  const text = said.join("\n")
  expect(text).toMatch(/the known .*STILL PUNISHED/)
  expect(text).toMatch(/the new .*WRONG/)
  expect(text).toMatch(/the noted .*annotated more than is right/)
  expect(text).toContain(
    "4 honest kinds: 1 as they should be, 1 annotated more than is right, 1 known to be still punished, 1 wrong and not known",
  )
  expect(text).toContain("still punished: known: watched 1 times. Why: a reason")
})
