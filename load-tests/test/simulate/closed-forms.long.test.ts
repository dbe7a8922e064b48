import { describe, expect, it } from "vitest"
import { closedForms } from "../../src/simulate/closed-forms.ts"

describe("the simulation gives what theory says", () => {
  it.each(closedForms("closed forms"))("$what: $theory", ({ theory, simulated }) => {
    expect(Math.abs(simulated / theory - 1)).toBeLessThan(0.03)
  })
})
