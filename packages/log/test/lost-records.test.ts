/** What counts as lost, by the bounds of a stream as an engine shows them. */
import { expect, it } from "vitest"
import { refuseLost } from "../src/lost-records.ts"
import type { Log } from "../src/port.ts"

const AT = { stream: "in", partition: 2 }

/** Shows these one after the other, the last for ever. */
const logOf = (...shown: ReadonlyArray<{ start?: number; end: number; heldBack?: number }>): Log => {
  let asked = 0
  const now = () => shown[Math.min(asked, shown.length - 1)]!
  const bounds = async () => {
    const { start = 0, end } = now()
    asked++
    return { start, end }
  }
  return { bounds, heldBack: async () => now().heldBack ?? 0 } as unknown as Log
}
const looks = (log: Log, next: number): Promise<void> => refuseLost(log, AT, next, 1)

it("what is there, and an end that was reached, are whole", async () => {
  await looks(logOf({ start: 3, end: 10 }), 3)
  await looks(logOf({ end: 10 }), 10)
  await looks(logOf({ end: 0 }), 0)
})

it("a start above the next offset has lost what lay between", async () => {
  await expect(looks(logOf({ start: 4, end: 10 }), 3)).rejects.toThrow("in/2: the records from offset 3 to 3 are gone")
})

it("an end below the next offset belongs to another stream", async () => {
  const gone = "in/2: the stream ends at 9, before offset 10 that the group has read up to: the topic was deleted"
  await expect(looks(logOf({ end: 9 }), 10)).rejects.toThrow(gone)
  await expect(looks(logOf({ end: 7, heldBack: 2 }), 10)).rejects.toThrow(gone)
  const { bounds } = logOf({ end: 9 })
  await expect(looks({ bounds } as Log, 10)).rejects.toThrow(gone)
})

it("what is committed and not shown yet is not lost, nor what a new leader shows a moment later", async () => {
  await looks(logOf({ end: 7, heldBack: 3 }), 10)
  await looks(logOf({ end: 7 }, { end: 8 }, { end: 10 }), 10)
  await looks(logOf({ end: 0 }, { end: 0 }, { end: 4, heldBack: 9 }), 10)
})
