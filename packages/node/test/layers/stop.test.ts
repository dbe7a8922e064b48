/** Parts are released in reverse, within a bound, and every one of them also where another fails or hangs. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { describe, expect, it } from "vitest"
import type { NodeEvent } from "../../src/events/event.ts"
import { eventsLayer } from "../../src/layers/events.ts"
import { Stop, stopLayer } from "../../src/layers/stop.ts"

const run = async (limitMs: number, parts: ReadonlyArray<readonly [string, () => Promise<unknown>]>) => {
  const said: Array<NodeEvent> = []
  let late = 0
  const layer = Layer.effectDiscard(
    Effect.gen(function* () {
      const { release } = yield* Stop
      for (const [what, close] of parts) yield* Effect.addFinalizer(() => release(what, close))
    }),
  ).pipe(
    Layer.provideMerge(stopLayer(limitMs, () => late++)),
    Layer.provideMerge(eventsLayer((event) => said.push(event))),
  )
  const scope = await Effect.runPromise(Scope.make())
  await Effect.runPromise(Layer.buildWithScope(layer, scope))
  const exit = await Effect.runPromiseExit(Scope.close(scope, Exit.void))
  return { said, late, exit }
}

describe("a stop", () => {
  it("closes what was opened last first, and waits for each", async () => {
    const closed: Array<string> = []
    const part = (name: string) =>
      [
        name,
        async () => {
          await new Promise((resolve) => setTimeout(resolve, 5))
          closed.push(name)
        },
      ] as const
    const { late, exit } = await run(5_000, [part("log"), part("runners"), part("ticks")])
    expect(closed).toEqual(["ticks", "runners", "log"])
    expect({ late, success: Exit.isSuccess(exit) }).toEqual({ late: 0, success: true })
  })

  it("goes on where a part fails, and tells the failure", async () => {
    const closed: Array<string> = []
    const { late, exit } = await run(5_000, [
      ["log", async () => closed.push("log")],
      ["runners", () => Promise.reject(new Error("no"))],
    ])
    expect({ closed, late, failed: Exit.isFailure(exit) }).toEqual({ closed: ["log"], late: 0, failed: true })
  })

  it("abandons a part that hangs, and what would come after its time", async () => {
    const closed: Array<string> = []
    const { said, late } = await run(50, [
      ["log", async () => closed.push("log")],
      ["runners", () => new Promise(() => undefined)],
    ])
    expect({ closed, late }).toEqual({ closed: [], late: 2 })
    expect(said.map(({ code }) => code)).toEqual(["stop.late", "stop.late"])
    expect(said[0]!.message).toContain("runners was abandoned")
  })
})
