import { describe, expect, it } from "vitest"
import { RequestWindow } from "../../src/onem2m/request-window.ts"

const NOW = 1_800_000_000_000
const WINDOW = 300_000
const body = (text: string): Buffer => Buffer.from(text)

describe("a request", () => {
  it("is new once", async () => {
    const window = new RequestWindow(WINDOW)
    const first = window.look("/id-in", "r1", NOW, body("a"), NOW)
    expect(first.kind).toBe("new")
    const again = window.look("/id-in", "r1", NOW, body("a"), NOW + 1)
    if (first.kind !== "new" || again.kind !== "again") throw new Error(again.kind)
    first.answer(2000)
    expect(await again.answer).toBe(2000)
  })

  it("with the identifier of another is repeated, and so it is for as long as one could be in time", () => {
    const window = new RequestWindow(WINDOW)
    window.look("/id-in", "r1", NOW, body("a"), NOW)
    expect(window.look("/id-in", "r1", NOW, body("b"), NOW + 1).kind).toBe("repeated")
    expect(window.look("/id-in", "r1", NOW + WINDOW, body("b"), NOW + 2 * WINDOW - 1).kind).toBe("repeated")
    expect(window.look("/id-in", "r1", NOW + 2 * WINDOW, body("b"), NOW + 2 * WINDOW).kind).toBe("new")
  })

  it("of another originator has identifiers of its own", () => {
    const window = new RequestWindow(WINDOW)
    window.look("/id-in", "r1", NOW, body("a"), NOW)
    expect(window.look("/id-mn", "r1", NOW, body("b"), NOW).kind).toBe("new")
  })

  it.each([
    ["too old", NOW - WINDOW - 1],
    ["from the future", NOW + WINDOW + 1],
    ["unreadable", Number.NaN],
  ])("that is %s is stale", (_, originatedAt) => {
    expect(new RequestWindow(WINDOW).look("/id-in", "r1", originatedAt, body("a"), NOW).kind).toBe("stale")
  })

  it("without a timestamp counts by its identifier", () => {
    const window = new RequestWindow(WINDOW)
    expect(window.look("/id-in", "r1", null, body("a"), NOW).kind).toBe("new")
    expect(window.look("/id-in", "r1", null, body("b"), NOW).kind).toBe("repeated")
  })
})
