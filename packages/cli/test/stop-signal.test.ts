import { expect, it } from "vitest"
import { listenForStop } from "../src/stop-signal.ts"

const listeners = (): ReadonlyArray<number> => ["SIGINT", "SIGTERM"].map((name) => process.listenerCount(name))

it("is aborted by either signal, and leaves no listener behind", () => {
  const before = listeners()
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    const { signal, release } = listenForStop()
    expect(signal.aborted).toBe(false)
    // Given to the listener itself: a signal to this process would stop the test's worker where nobody listens.
    process.listeners(name).at(-1)!(name)
    expect(signal.aborted).toBe(true)
    release()
    expect(listeners()).toEqual(before)
  }
})

it("leaves none behind where no signal came, however often", () => {
  const before = listeners()
  for (let n = 0; n < 20; n++) listenForStop().release()
  expect(listeners()).toEqual(before)
})
