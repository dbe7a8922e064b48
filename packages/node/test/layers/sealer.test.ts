/** A stop while sealing begins: what begins then is stopped all the same, before what it needs is closed. */
import { setImmediate as turn } from "node:timers/promises"
import type { Log } from "@assay/log"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { expect, it } from "vitest"
import { Config } from "../../src/layers/config.ts"
import { eventsLayer } from "../../src/layers/events.ts"
import { LogLoss, LogPort, Owners } from "../../src/layers/log.ts"
import { Sealer, sealerLayer } from "../../src/layers/sealer.ts"
import { stopLayer } from "../../src/layers/stop.ts"
import type { NodePlan } from "../../src/plan.ts"
import type { Sealing } from "../../src/service.ts"

/** What the layer needs beside what the test opens. */
const around = (start: () => Promise<Sealing>) => {
  const plan = { workers: 0, sealing: { start, roles: [], settings: { witnesses: null } } } as unknown as NodePlan
  const loss = { lost: () => null, ended: new Promise<never>(() => undefined), giveUp: () => undefined }
  return Layer.succeedContext(
    Context.make(Config, plan).pipe(
      Context.add(LogPort, {} as Log),
      Context.add(Owners, { shared: null }),
      Context.add(LogLoss, loss),
    ),
  )
}

/** Interrupts the start while the sealer begins, then closes. @param comesTo what that beginning comes to after the interrupt */
const stopWhileBeginning = async (comesTo: (begun: PromiseWithResolvers<Sealing>) => void): Promise<unknown> => {
  const begun = Promise.withResolvers<Sealing>()
  const asked = Promise.withResolvers<void>()
  const layer = Layer.effectDiscard(Effect.flatMap(Sealer, ({ start }) => start)).pipe(
    Layer.provideMerge(sealerLayer),
    Layer.provideMerge(
      around(() => {
        asked.resolve()
        return begun.promise
      }),
    ),
    Layer.provideMerge(stopLayer(30_000, () => undefined)),
    Layer.provideMerge(eventsLayer(() => undefined)),
  )
  const scope = await Effect.runPromise(Scope.make())
  const stop = new AbortController()
  const opening = Effect.runPromiseExit(Layer.buildWithScope(layer, scope), { signal: stop.signal })
  await asked.promise
  stop.abort()
  await turn()
  comesTo(begun)
  expect(Exit.hasInterrupts(await opening)).toBe(true)
  return Effect.runPromiseExit(Scope.close(scope, Exit.void))
}

it("stops what has begun to seal meanwhile", async () => {
  let stops = 0
  const sealing = { stop: async () => void stops++ } as unknown as Sealing
  const closed = await stopWhileBeginning(({ resolve }) => resolve(sealing))
  expect([stops, closed]).toEqual([1, Exit.void])
})

it("has nothing to stop where it could not begin", async () => {
  const closed = await stopWhileBeginning(({ reject }) => reject(new Error("no lease")))
  expect(closed).toEqual(Exit.void)
})
