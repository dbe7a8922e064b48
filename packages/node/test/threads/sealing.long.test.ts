/** The thread that seals, as the main thread keeps it, with a sealer that does what the test wants. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DataDirError } from "@assay/log"
import { openShared, type SharedLog } from "@assay/log/embedded"
import { ConfigurationError } from "@assay/settings"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import type { NodeEvent } from "../../src/events/event.ts"
import type { Loss } from "../../src/log/guard.ts"
import type { Sealing } from "../../src/service.ts"
import { plainOf } from "../../src/threads/plan.ts"
import { ThreadSealing } from "../../src/threads/sealing.ts"
import { type Does, sealingService } from "./sealing.child.ts"

const PATIENCE = { timeout: 30_000, interval: 5 }
const { name, module } = sealingService
let dir: string
let shared: SharedLog
let events: Array<NodeEvent>
let losses: Array<Loss>

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-sealing-"))
  shared = await openShared({ dir, partitions: 1 })
  events = []
  losses = []
})
afterEach(async () => {
  await shared.log.close()
  rmSync(dir, { recursive: true })
})

type Options = Parameters<typeof ThreadSealing.start>[0]

const optionsOf = (does: Does): Options => ({
  plan: {
    service: { name, module },
    sealing: { dir, keys: [does], witnesses: null, leaseMs: 1_000 },
    log: plainOf({ kafka: null }),
    roles: [],
    dir,
  },
  shared,
  stallMs: 30_000,
  emit: (event) => void events.push(event),
  onLoss: (cause) => void losses.push(cause),
})

const start = (does: Does, over: SharedLog = shared): Promise<Sealing> =>
  ThreadSealing.start({ ...optionsOf(does), shared: over })

/** The first thread dies when it seals; each one after it is started with what `planned` gives for it. */
const startAndReplace = (planned: (thread: number) => Partial<Options["plan"]>, stallMs = 30_000): Promise<Sealing> => {
  let threads = 0
  const options = { ...optionsOf("dies"), stallMs }
  return ThreadSealing.start({
    ...options,
    get plan() {
      return threads++ === 0 ? options.plan : { ...options.plan, ...planned(threads) }
    },
  })
}

it("a start that fails rejects with the error itself", async () => {
  const refused = await start("refuses").catch((cause: unknown) => cause)
  expect(refused).toBeInstanceOf(ConfigurationError)
  expect(refused).toMatchObject({ _tag: "ConfigurationError", message: "nothing can be sealed like that" })
  expect(events).toEqual([])
})

it("a write that shows that another process has the directory gives the log up, and is said once", async () => {
  const commit = async (): Promise<never> => {
    throw new DataDirError("another process has opened it for writing since")
  }
  const sealing = await start("writes", { ...shared, log: { ...shared.log, commit } })
  expect(losses).toHaveLength(1)
  expect(losses[0]).toBeInstanceOf(DataDirError)
  expect(events).toEqual([])
  await sealing.stop()
})

it("a write that nobody takes now is a problem of the sealer, and no loss", async () => {
  const sealing = await start("writes")
  expect(losses).toEqual([])
  expect(events).toMatchObject([{ code: "seal.failed", cause: { name: "UnavailableError" } }])
  await sealing.stop()
})

it("tells how far it has sealed, why somebody should look, and that a sealer gave up", async () => {
  const sealing = await start("gives-up")
  expect(sealing.seals()).toEqual([{ partition: 0, unsealedAgeMs: 0, leaves: 7, stopped: false }])
  expect(sealing.alarm()).toBe("a person must look")
  await expect(sealing.settled()).rejects.toThrow("a person must look")
  await sealing.stop()
  await expect(sealing.settled()).rejects.toThrow("the sealer has stopped")
})

it("one that dies again and again is replaced for as long as the node lives, and a stop waits for none", async () => {
  const sealing = await start("dies")
  const ends = (): number => events.filter(({ code }) => code === "seal.thread_ended").length
  await vi.waitFor(() => expect(ends()).toBeGreaterThanOrEqual(3), PATIENCE)
  expect(sealing.alarm()).toMatch(/^nothing is sealed, because the thread that seals has ended and is replaced: /)
  await sealing.stop()
  expect(losses).toEqual([])
})

it("one that dies at the stop ends it, and says that not all was sealed", async () => {
  const sealing = await start("dies-at-stop")
  await sealing.stop()
  expect(events).toMatchObject([
    { code: "seal.thread_ended", message: expect.stringContaining("before it had sealed all") },
  ])
})

it("a thread that cannot be started counts as one that has ended: another one is tried until one seals", async () => {
  // What no thread can be given, as there is no other way to have `new Worker` throw.
  const refused = { roles: [(() => undefined) as unknown as string] }
  const sealing = await startAndReplace((thread) =>
    thread < 4 ? refused : { sealing: optionsOf("gives-up").plan.sealing },
  )
  await vi.waitFor(() => expect(sealing.alarm()).toBe("a person must look"), PATIENCE)
  expect(events.map(({ code, cause }) => [code, (cause as Error).message])).toEqual([
    ["seal.thread_ended", "a fault of the test"],
    ["seal.thread_ended", expect.stringMatching(/^no thread could be started: .*could not be cloned/)],
    ["seal.thread_ended", expect.stringMatching(/^no thread could be started: .*could not be cloned/)],
  ])
  await sealing.stop()
})

it("a replacement that stands still before it seals is ended and replaced", async () => {
  const { sealing: hangs } = optionsOf("hangs").plan
  const { sealing: seals } = optionsOf("gives-up").plan
  const replaced = await startAndReplace((thread) => ({ sealing: thread === 2 ? hangs : seals }), 2_000)
  await vi.waitFor(() => expect(replaced.alarm()).toBe("a person must look"), PATIENCE)
  expect(events.slice(0, 2)).toMatchObject([
    { code: "seal.thread_ended", cause: { message: "a fault of the test" } },
    { code: "seal.thread_ended", cause: { message: expect.stringContaining("it stood still for 2 s") } },
  ])
  await replaced.stop()
})

it("a stop does not wait for a replacement that never comes to open its log", async () => {
  const module = "data:text/javascript,await new Promise(() => undefined)"
  let begun = 0
  const sealing = await startAndReplace((thread) => {
    begun = thread
    return { service: { name, module } }
  })
  await vi.waitFor(() => expect(begun).toBe(2), PATIENCE)
  await sealing.stop()
  expect(events.map(({ code }) => code)).toEqual(["seal.thread_ended"])
})
