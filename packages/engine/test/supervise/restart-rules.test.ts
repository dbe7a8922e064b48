/** The state machine against a world in which everything may happen at any time, in any order, late or never. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Action, type Event, IDLE, MAX_RESTORES, type Slot, step } from "../../src/supervise/restart-rules.ts"

const FAULTS = ["taken-over", "unavailable", "forbidden", "lost", "moved", "ahead", "broken"] as const

/** One runner, as the keeper would have it; `let go` once it was abandoned. */
interface Runner {
  readonly turn: number
  open: boolean
  reported: boolean
}

/** Does what the machine asks for, and lets the test decide what happens next. */
class World {
  slot: Slot
  runner: Runner | null = null
  asked: number | null = null
  waiting: number | null = null
  /** What the group would say now. */
  ours = false

  constructor(shared: boolean) {
    this.slot = { ...IDLE, shared }
  }

  send(event: Event): void {
    const { slot, actions } = step(this.slot, event)
    this.slot = slot
    for (const action of actions) this.perform(action)
  }

  private perform(action: Action): void {
    const { turn } = this.slot
    if (action.do === "open") {
      expect(this.runner, "a second runner was opened").toBeNull()
      expect(this.slot.wanted, "a runner was opened for what is not ours").toBe(true)
      this.runner = { turn, open: false, reported: false }
    } else if (action.do === "stop") this.runner!.reported = true
    else if (action.do === "abandon") {
      expect(this.runner).not.toBeNull()
      this.runner = null
    } else if (action.do === "confirm") this.asked = turn
    else if (action.do === "wait" || action.do === "rest") this.waiting = turn
  }

  /** One thing that may happen now, by number. */
  happen(choice: number): void {
    const { runner } = this
    const stale = Math.max(0, this.slot.turn - 1)
    const events: Array<() => void> = [
      () => {
        this.ours = true
        this.send({ kind: "assigned" })
      },
      () => {
        this.ours = false
        this.send({ kind: "released" })
      },
      // Whatever comes late from an earlier turn.
      () => this.send({ kind: "ended", turn: stale, fault: "broken", reason: "late" }),
      () => this.send({ kind: "opened", turn: stale }),
      () => this.send({ kind: "confirmed", turn: stale, ours: true }),
      () => this.send({ kind: "due", turn: stale }),
      () => this.send({ kind: "overdue", turn: stale }),
    ]
    if (runner !== null) {
      const { turn } = runner
      events.push(() => {
        runner.open = true
        this.send({ kind: "opened", turn })
      })
      events.push(() => this.send({ kind: "progressed", turn }))
      for (const fault of FAULTS) {
        events.push(() => {
          this.runner = null
          this.send({ kind: "ended", turn, fault, reason: fault })
        })
      }
      events.push(() => this.send({ kind: "stalled", turn, reason: "stalled" }))
      events.push(() => this.send({ kind: "lost", turn, reason: "lost" }))
      if (runner.reported) events.push(() => this.send({ kind: "overdue", turn }))
    }
    const { asked, waiting } = this
    if (asked !== null) {
      events.push(() => this.send({ kind: "confirmed", turn: asked, ours: this.ours }))
      events.push(() => this.send({ kind: "unconfirmed", turn: asked, reason: "no answer" }))
    }
    if (waiting !== null) events.push(() => this.send({ kind: "due", turn: waiting }))
    events[choice % events.length]!()
  }

  /** From now on nothing fails: every runner opens or ends, every question is answered, every wait is over. */
  calm(): void {
    for (let left = 100; left > 0; left--) {
      const { phase, turn } = this.slot
      if (phase === "opening") this.send({ kind: "opened", turn })
      else if (phase === "stopping") {
        this.runner = null
        this.send({ kind: "ended", turn, fault: null, reason: "" })
      } else if (phase === "confirming") this.send({ kind: "confirmed", turn, ours: this.ours })
      else if (this.slot.next !== null) this.send({ kind: "due", turn })
      else return
    }
    expect.unreachable("it does not come to rest")
  }
}

describe("the state machine of one partition", () => {
  it("has at most one runner at a time, and in the end exactly the assignment runs", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { maxLength: 60 }), fc.boolean(), fc.boolean(), (choices, ours, shared) => {
        const world = new World(shared)
        for (const choice of choices) world.happen(choice)
        // For good: what rests is tried again.
        const halted = world.slot.phase === "halted" && world.slot.next === null
        world.ours = ours
        world.send({ kind: ours ? "assigned" : "released" })
        world.calm()
        const after = world.slot.phase
        if (!ours) expect(after).toBe("idle")
        else expect(after).toBe(halted ? "halted" : "judging")
        expect(world.runner !== null).toBe(after === "judging")
      }),
      { numRuns: 3_000 },
    )
  })

  const run = (
    events: ReadonlyArray<(turn: number) => Event>,
    shared = false,
  ): { slot: Slot; did: ReadonlyArray<string> } => {
    let slot: Slot = { ...IDLE, shared }
    const did: Array<string> = []
    for (const event of events) {
      const next = step(slot, event(slot.turn))
      slot = next.slot
      did.push(...next.actions.map((action) => action.do))
    }
    return { slot, did }
  }
  const assigned = (): Event => ({ kind: "assigned" })
  const released = (): Event => ({ kind: "released" })
  const opened = (turn: number): Event => ({ kind: "opened", turn })
  const progressed = (turn: number): Event => ({ kind: "progressed", turn })
  const due = (turn: number): Event => ({ kind: "due", turn })
  const ended =
    (fault: (typeof FAULTS)[number] | "setup" | null) =>
    (turn: number): Event => ({ kind: "ended", turn, fault, reason: `${fault}` })
  const confirmed =
    (ours: boolean) =>
    (turn: number): Event => ({ kind: "confirmed", turn, ours })

  it("asks the group after a takeover, and goes on only when the group confirms it", () => {
    expect(run([assigned, opened, ended("taken-over"), confirmed(true)]).did).toEqual(["open", "confirm", "open"])
    const lost = run([assigned, opened, ended("taken-over"), confirmed(false)])
    expect(lost.slot).toMatchObject({ phase: "idle", wanted: false })
    expect(run([assigned, opened, ended("taken-over"), confirmed(false), assigned]).did).toEqual([
      "open",
      "confirm",
      "open",
    ])
  })

  it("waits before it asks again when it is taken over time after time", () => {
    const round = [ended("taken-over"), confirmed(true)]
    expect(run([assigned, ...round, ended("taken-over"), due, confirmed(true)]).did).toEqual([
      "open",
      "confirm",
      "open",
      "wait",
      "confirm",
      "open",
    ])
  })

  it("never gives up on a log that does not answer", () => {
    const outage = [ended("unavailable"), due]
    const { slot, did } = run([assigned, ...Array.from({ length: 100 }, () => outage).flat()])
    expect(slot.phase).toBe("opening")
    expect(did).not.toContain("fail")
  })

  it("gives up after failures in a row, counted anew with every commit", () => {
    const failure = [ended("broken"), due]
    const rounds = (count: number) => Array.from({ length: count }, () => failure).flat()
    expect(run([assigned, ...rounds(MAX_RESTORES)]).did).not.toContain("fail")
    expect(run([assigned, ...rounds(MAX_RESTORES + 1)]).did).toContain("fail")
    expect(run([assigned, ...rounds(MAX_RESTORES), opened, progressed, ...rounds(MAX_RESTORES)]).did).not.toContain(
      "fail",
    )
  })

  it("halts with an alarm where records are gone, until the partition goes elsewhere", () => {
    const halted = run([assigned, opened, ended("lost"), assigned, due, progressed])
    expect(halted.slot).toMatchObject({ phase: "halted", reason: "lost" })
    expect(halted.did).toEqual(["open", "alarm"])
    expect(run([assigned, opened, ended("lost"), released]).slot.phase).toBe("idle")
  })

  it("halts with an alarm a runner that has read further than its stream goes, and lets go of it", () => {
    const lost = (turn: number): Event => ({ kind: "lost", turn, reason: "the stream ends" })
    const halted = run([assigned, opened, lost, due, assigned], true)
    expect(halted.did).toEqual(["open", "abandon", "alarm"])
    expect(halted.slot).toMatchObject({ phase: "halted", reason: "the stream ends" })
    expect(run([assigned, opened, released, lost], true).did).toEqual(["open", "stop"])
  })

  it("halts on a log that others share after failures in a row, and is tried again until a commit", () => {
    const failure = [ended("broken"), due]
    const rounds = (count: number) => Array.from({ length: count }, () => failure).flat()
    const halted = run([assigned, ...rounds(MAX_RESTORES), ended("broken")], true)
    expect(halted.slot.phase).toBe("halted")
    expect(halted.did.slice(-3)).toEqual(["open", "alarm", "rest"])
    const again = run([assigned, ...rounds(MAX_RESTORES + 2), opened], true)
    expect(again.slot).toMatchObject({ phase: "judging", reason: "broken" })
    expect(again.did.slice(-3)).toEqual(["alarm", "rest", "open"])
    expect(again.did).not.toContain("fail")
    const healed = run([assigned, ...rounds(MAX_RESTORES + 2), opened, progressed, ended("broken")], true)
    expect(healed.slot).toMatchObject({ phase: "waiting", failures: 1 })
    expect(run([assigned, ...rounds(MAX_RESTORES), ended("broken"), released, due], true).slot.phase).toBe("idle")
  })

  it("halts at once where the group was moved in this partition, and looks again", () => {
    expect(run([assigned, ended("moved"), due, ended("moved")], true).did).toEqual([
      ...["open", "alarm", "rest"],
      ...["open", "alarm", "rest"],
    ])
  })

  it("ends the process where only a person helps", () => {
    expect(run([assigned, ended("setup")]).did).toEqual(["open", "fail"])
  })

  it("lets a runner finish before the next begins, but not for ever", () => {
    const late = run([assigned, opened, released, assigned])
    expect(late.did).toEqual(["open", "stop"])
    expect(step(late.slot, { kind: "overdue", turn: late.slot.turn }).actions.map((action) => action.do)).toEqual([
      "abandon",
      "open",
    ])
  })
})
