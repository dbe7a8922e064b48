/** An operator who shows two histories is caught, with evidence that anybody can check; so are a rollback and a stall. */
import { verifyFork } from "@assay/transparency"
import { describe, expect, it } from "vitest"
import { startCosigning } from "../../src/index.ts"
import { Follower, pageOf, sourceAt, type View } from "../../src/monitor/index.ts"
import { WitnessStates } from "../../src/server/index.ts"
import { History, LOG, NOW, openWitness, policyOf, scratch, type TestWitness } from "../plant.ts"

const kindsOf = ({ alarms }: View): ReadonlyArray<string> => alarms.map(({ kind }) => kind)

/** Has one history cosigned by these witnesses, as far as they do. */
const show = async (
  history: History,
  witnesses: ReadonlyArray<readonly [TestWitness, string, string]>,
): Promise<void> => {
  const policy = policyOf(
    witnesses.map(([witness, name, url]) => [name, witness.vkey, url] as const),
    "any",
  )
  const cosigning = startCosigning({
    logs: [
      {
        key: LOG,
        tiles: history,
        published: async () => history.note,
        kept: async () => null,
        keep: async (note) => {
          history.cosigned = note
        },
      },
    ],
    policy,
    intervalMs: 3_600_000,
    now: () => NOW,
    onProblem: () => undefined,
  })
  await cosigning.round()
  await cosigning.stop()
}

const STALL_MS = 60_000

const follow = async (
  history: History,
  witnesses: ReadonlyArray<readonly [TestWitness, string, string]>,
  { dir = scratch(), now = () => NOW, threshold = "all" } = {},
) => {
  const states = new WitnessStates(dir)
  await states.open()
  const policy = policyOf(
    witnesses.map(([witness, name, url]) => [name, witness.vkey, url] as const),
    threshold,
  )
  const source = sourceAt(await history.serve(), 5_000)
  return {
    states,
    follower: new Follower({ log: LOG, source, policy, states, timeoutMs: 5_000, stallMs: STALL_MS, now }),
  }
}

const twoWitnesses = async () => {
  const [a, b] = [await openWitness("a"), await openWitness("b")]
  return [
    [a, "a", await a.serve()],
    [b, "b", await b.serve()],
  ] as const
}

describe("a monitor", () => {
  it("agrees with an honest log: the last common checkpoint is the one that all cosigned", async () => {
    const witnesses = await twoWitnesses()
    const history = new History()
    await history.grow(20)
    const { follower } = await follow(history, witnesses)
    for (const count of [0, 300, 1]) {
      if (count > 0) await history.grow(count)
      await show(history, witnesses)
      const view = await follower.look()
      expect(view).toMatchObject({ alarms: [], size: history.size, common: { size: history.size, by: ["a", "b"] } })
      expect(view.witnesses.map(({ size, problem }) => [size, problem])).toEqual([
        [history.size, null],
        [history.size, null],
      ])
    }
  })

  it("catches an operator who shows two histories, with evidence that the log's key alone proves", async () => {
    const [a, b] = await twoWitnesses()
    const shown = new History()
    const hidden = new History()
    await shown.grow(30)
    await hidden.grow(30)
    await show(shown, [a, b])
    // From here on one reader and one witness see another record than everybody else.
    await shown.grow(10, "what everybody sees")
    await hidden.grow(10, "what is shown to one")
    await show(shown, [a])
    await show(hidden, [b])
    // No quorum of two ever cosigned the second history.
    expect(hidden.cosigned!.match(/^— /gm)).toHaveLength(2)
    const { follower, states } = await follow(shown, [a, b])
    const view = await follower.look()
    expect(kindsOf(view)).toContain("fork")
    const [evidence] = await states.forks(10)
    const { a: one, b: other } = verifyFork(evidence!, LOG)
    expect([one.size, other.size]).toEqual([40, 40])
    expect([one.root, other.root].map((root) => Buffer.from(root).toString("hex")).toSorted()).toEqual(
      [shown.root, hidden.root].map((root) => Buffer.from(root).toString("hex")).toSorted(),
    )
    expect(pageOf([view], NOW)).toContain("signed two histories")
    // The next round too: a fork does not go away.
    await shown.grow(5)
    expect(kindsOf(await follower.look())).toContain("fork")
  })

  it("proves a fork between heads of different sizes from the log's own tiles", async () => {
    const [a, b] = await twoWitnesses()
    const shown = new History()
    const hidden = new History()
    await shown.grow(77)
    await hidden.grow(64, "forged")
    await show(hidden, [b])
    await show(shown, [a])
    const { follower, states } = await follow(shown, [a, b])
    expect(kindsOf(await follower.look())).toContain("fork")
    const [evidence] = await states.forks(10)
    expect(verifyFork(evidence!, LOG)).toMatchObject({ a: { size: 64 }, b: { size: 77 } })
  })

  it("finds a log that was rewritten since it looked last, also after its own restart", async () => {
    const witnesses = await twoWitnesses()
    const history = new History()
    await history.grow(50)
    await show(history, witnesses)
    const dir = scratch()
    await (await follow(history, witnesses, { dir })).follower.look()
    const other = new History()
    await other.grow(60, "rewritten")
    const { follower, states } = await follow(other, witnesses, { dir })
    expect(kindsOf(await follower.look())).toContain("fork")
    expect(verifyFork((await states.forks(1))[0]!, LOG)).toMatchObject({ a: { size: 50 }, b: { size: 60 } })
  })

  it("finds a rollback, and what a witness saw and the log does not show", async () => {
    const witnesses = await twoWitnesses()
    const history = new History()
    await history.grow(50)
    const older = new History()
    await older.grow(20)
    await show(history, witnesses)
    const dir = scratch()
    await (await follow(history, witnesses, { dir })).follower.look()
    const { follower } = await follow(older, witnesses, { dir })
    expect(kindsOf(await follower.look())).toContain("rollback")
    const fresh = (await follow(older, witnesses)).follower
    expect(kindsOf(await fresh.look())).not.toContain("withheld")
    expect((await fresh.look()).alarms).toContainEqual({
      kind: "withheld",
      text: "witness a cosigned 50 leaves, and the log shows 20 here",
    })
  })

  it("says where nobody cosigns any more, where the log is not reached, and what its key did not sign", async () => {
    const witnesses = await twoWitnesses()
    const history = new History()
    await history.grow(50)
    await show(history, witnesses)
    let time = NOW
    const { follower } = await follow(history, witnesses, { now: () => time })
    expect(kindsOf(await follower.look())).toEqual([])
    time += STALL_MS + 1
    expect(kindsOf(await follower.look())).toEqual(["stall"])
    history.cosigned = null
    expect((await follower.look()).alarms[0]).toMatchObject({
      kind: "stall",
      text: expect.stringContaining("2 of (a, b)"),
    })
    history.note = history.note.replace("\n50\n", "\n51\n")
    expect(kindsOf(await follower.look())).toEqual(["unsigned"])
    const states = new WitnessStates(scratch())
    await states.open()
    const source = sourceAt("http://127.0.0.1:9", 1_000)
    const policy = policyOf([["a", witnesses[0][0].vkey]], "all")
    const away = new Follower({
      log: LOG,
      source,
      policy,
      states,
      timeoutMs: 1_000,
      stallMs: STALL_MS,
      now: () => time,
    })
    expect(kindsOf(await away.look())).toEqual([])
    time += STALL_MS + 1
    expect(kindsOf(await away.look())).toEqual(["unreachable"])
  })

  it("says where tiles do not make what was signed", async () => {
    const witnesses = await twoWitnesses()
    const history = new History()
    await history.grow(300)
    await show(history, witnesses)
    const { follower } = await follow(history, witnesses)
    await follower.look()
    await history.grow(300)
    history.files.get("tile/0/001")![5]! ^= 1
    expect(kindsOf(await follower.look())).toContain("unproven")
    history.files.delete("tile/0/001")
    expect(kindsOf(await follower.look())).toContain("unproven")
  })
})

describe("its page", () => {
  it("shows what a log says as text", () => {
    const log = "<script>alert(1)</script>\u202e"
    const page = pageOf([{ log, size: 1, root: null, common: null, witnesses: [], alarms: [] }], null)
    expect(page).not.toContain("<script>")
    expect(page).not.toContain("\u202e")
  })
})
