/**
 * What docs/guides/upgrade.md says of two versions side by side and of the way back, with a version after this one: its own judge,
 * layout, schema and format, in processes of their own beside processes of this tree.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { publishKnowledge } from "@assay/engine"
import { World } from "@assay/fleet"
import { freePorts } from "@assay/infra/kafka"
import { dsseSign } from "@assay/jose"
import { LOGIC_TYPE } from "@assay/knowledge"
import { HTTP } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import { describeKafka } from "@assay/testkit/kafka"
import { sharedRegistry, skipsRegistry } from "@assay/testkit/registry"
import { SERVICE_NAMES } from "@assay/trust"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import { assay, cleanEnvironment, MAIN } from "../../src/cluster/assay.ts"
import { CHAINED } from "../../src/cluster/deployment.ts"
import { type Exit, Instance } from "../../src/cluster/instance.ts"
import { startWatchdog } from "../../src/cluster/watchdog.ts"
import { nowSeconds } from "../../src/now.ts"
import { nextVersion } from "./next-version.ts"
import { READY_MS, Versions } from "./versions.ts"

const STEP_MS = 600_000
const ALARM = { timeout: 60_000, interval: 250 }
const FIRST = { identity: 1, credential: 1, integrity: 1, segmentation: 1, anomaly: 1 }
const skip = await skipsRegistry("load-tests/test/upgrade/next-version.long.test.ts")

const dir = mkdtempSync(join(tmpdir(), "assay-next-version-"))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
let running: Versions | null = null
afterEach(async () => {
  await running?.stop()
  running = null
}, STEP_MS)

describeKafka("a version after this one", () => {
  const start = async (name: string, options: Parameters<typeof Versions.start>[1]): Promise<Versions> => {
    running = await Versions.start(join(dir, name), options)
    return running
  }
  const choose = ({ log, world }: Versions, version: number, integrity: number): Promise<unknown> => {
    const body = Buffer.from(JSON.stringify({ version, logic: { ...FIRST, integrity } }))
    return publishKnowledge(log, "logic", dsseSign(LOGIC_TYPE, body, world.roots.slice(0, 2)))
  }
  /** How integrity-hasher judged, one run after another, the same in each partition. */
  const judgedBy = async (versions: Versions): Promise<ReadonlyArray<string>> => {
    const runs = (await versions.decided()).map((decided) =>
      decided.map(({ logic }) => String(logic)).filter((one, nth, all) => one !== all[nth - 1]),
    )
    expect(new Set(runs.map(String)).size).toBe(1)
    return runs[0]!
  }

  it("with a judge more works beside this one, takes over by an entry, and gives back by another", {
    timeout: STEP_MS,
  }, async () => {
    const next = nextVersion(join(dir, "next-logic"), "logic")
    const versions = await start("logic", { topology: "chained", instances: 2 })
    const { deployment } = versions
    const [one, other] = deployment.of(CHAINED)
    await versions.say(2)
    await other!.replaceBy(next)
    await deployment.untilReady(READY_MS)
    // Side by side: nothing was chosen, so both judge by the first version.
    await versions.say(2)
    await versions.settled()
    expect(await judgedBy(versions)).toEqual(["1"])
    const before = deployment.exits.length
    await choose(versions, 1, 2)
    // The one that lacks the version ends, and says which.
    await vi.waitFor(() => expect(deployment.exits.length).toBeGreaterThan(before), ALARM)
    expect(deployment.exits.at(-1)).toMatchObject({ instance: one!.name, how: "exit code 2" })
    expect(deployment.exits.at(-1)!.words).toContain("integrity is to judge by version 2, and this Assay has 1")
    await one!.replaceBy(next)
    await deployment.untilReady(READY_MS)
    await versions.say(2)
    await versions.settled()
    expect(await judgedBy(versions)).toEqual(["1", "2"])
    // Exact over both by the version that has both; by this one it is refused, and named.
    expect(await versions.replay(next)).toMatch(/./)
    await expect(versions.replay()).rejects.toThrow(/integrity is to judge by version 2, and this Assay has 1/)
    await choose(versions, 2, 1)
    await versions.settled()
    for (const instance of deployment.of(CHAINED)) await instance.replaceBy(MAIN)
    await deployment.untilReady(READY_MS)
    await versions.say(2)
    await versions.settled()
    expect(await judgedBy(versions)).toEqual(["1", "2", "1"])
    await versions.replay(next)
    expect((await versions.decided()).flat()).toHaveLength(versions.said)
  })

  it("with a state of another layout halts this one, which names both, and goes on where it was", {
    timeout: STEP_MS,
  }, async () => {
    const next = nextVersion(join(dir, "next-layout"), "layout")
    const versions = await start("layout", { topology: "chained", instances: 1, main: next })
    const [instance] = versions.deployment.of(CHAINED)
    await versions.say(2)
    await versions.settled()
    await instance!.replaceBy(MAIN)
    const said = (): string => readFileSync(instance!.logFile, "utf8")
    await vi.waitFor(async () => {
      expect(await instance!.notReady()).toMatch(/halted|damaged|version 99/)
      expect(said()).toMatch(/state of integrity-hasher: version 99, where only \d+ is known/)
    }, ALARM)
    const decided = (await versions.decided()).flat().length
    await versions.say(1)
    // Nothing is skipped, and nothing is decided by half a state.
    expect((await versions.decided()).flat()).toHaveLength(decided)
    await instance!.replaceBy(next)
    await instance!.untilReady(READY_MS)
    await versions.settled()
    expect((await versions.decided()).flat()).toHaveLength(versions.said)
    await versions.replay(next)
  })

  it("of another layout brings states of this one over, beside it, and again after a restart", {
    timeout: STEP_MS,
  }, async () => {
    const next = nextVersion(join(dir, "next-layout-up"), "layout")
    const versions = await start("layout-up", { topology: "chained", instances: 2 })
    const { deployment } = versions
    const [one, other] = deployment.of(CHAINED)
    await versions.say(2)
    await versions.settled()
    // Side by side: what the new one has written stands still where this one gets it, until a new one has it again.
    await other!.replaceBy(next)
    await other!.untilReady(READY_MS)
    await versions.say(2)
    await one!.replaceBy(next)
    await deployment.untilReady(READY_MS)
    await versions.say(1)
    await versions.settled()
    expect((await versions.decided()).flat()).toHaveLength(versions.said)
    // Twice: the changelog has rows of both.
    await one!.replaceBy(next)
    await deployment.untilReady(READY_MS)
    await versions.say(1)
    await versions.settled()
    expect((await versions.decided()).flat()).toHaveLength(versions.said)
    await versions.replay(next)
  })

  describe("with a newer schema, staged", () => {
    let next = ""
    beforeAll(() => {
      next = nextVersion(join(dir, "next-schema"), "schema")
    })

    it.skipIf(skip)(
      "and a registry is read by this one in the middle of the way, there and back",
      {
        timeout: STEP_MS,
      },
      async () => {
        const registry = (await sharedRegistry()).url
        const versions = await start("schema-registry", { topology: "staged", instances: 1, registry })
        const { deployment, env } = versions
        const [first] = deployment.of(SERVICE_NAMES.identity)
        const [third] = deployment.of(SERVICE_NAMES.integrity)
        await assay(["schemas", "apply"], env, next)
        // The worst order: a writer of the new form before its readers, and a reader of it in the middle.
        for (const instance of [first, third]) await instance!.replaceBy(next)
        await deployment.untilReady(READY_MS)
        await versions.say(2)
        await versions.settled()
        for (const instance of [third, first]) await instance!.replaceBy(MAIN)
        await deployment.untilReady(READY_MS)
        await versions.say(2)
        await versions.settled()
        expect((await versions.decided()).flat()).toHaveLength(versions.said)
        expect(await versions.count(STREAMS.undecided)).toBe(0)
        await versions.replay()
      },
    )

    it("and no registry is kept, and decided by nobody: readers come first there", { timeout: STEP_MS }, async () => {
      const versions = await start("schema-alone", { topology: "staged", instances: 1 })
      const [first] = versions.deployment.of(SERVICE_NAMES.identity)
      const before = (await versions.decided()).flat().length
      // As an ingress of the next version appends it, with the new field at its end: rejected by a reader of before.
      expect(await versions.count(STREAMS.rejected)).toBe(0)
      await versions.sayLater()
      await versions.settled(1)
      await vi.waitFor(async () => expect(await versions.count(STREAMS.rejected)).toBe(1), ALARM)
      await first!.replaceBy(next)
      await first!.untilReady(READY_MS)
      const said = versions.said
      await versions.say(1)
      await versions.settled(2)
      await vi.waitFor(async () => {
        expect(await versions.count(STREAMS.undecided)).toBeGreaterThanOrEqual(versions.said - said)
      }, ALARM)
      expect((await versions.decided()).flat().filter(({ outcome }) => outcome !== "rejected")).toHaveLength(before)
    })
  })
})

it("with another format of the data directory is refused by this one, and this one's by it", {
  timeout: STEP_MS,
}, async () => {
  const next = nextVersion(join(dir, "next-format"), "format")
  const rootsFile = join(dir, "roots.json")
  writeFileSync(rootsFile, JSON.stringify(new World({ seed: "format", now: nowSeconds() }).rootSet))
  const watchdog = startWatchdog(join(dir, "pids"), rootsFile)
  const port = await freePorts(2)
  for (const [nth, [first, second, words]] of (
    [
      [next, MAIN, /holds a log of format 99, this version reads format \d+/],
      [MAIN, next, /holds a log of format \d+, this version reads format 99/],
    ] as const
  ).entries()) {
    const data = join(dir, `format-${nth}`)
    const exits: Array<Exit> = []
    const instance = new Instance({
      ...{ name: `format-${nth}`, service: "assay", port: port + nth, watchdog, main: first },
      args: ["run", "--data", data, "--roots", rootsFile],
      env: { ...cleanEnvironment(), [HTTP.httpPort.key]: String(port + nth) },
      logFile: join(dir, `format-${nth}.log`),
      onExit: (exit) => exits.push(exit),
    })
    instance.start()
    await instance.untilReady(READY_MS)
    await instance.replaceBy(second)
    await vi.waitFor(() => expect(exits.at(-1)).toMatchObject({ how: "exit code 2" }), ALARM)
    expect(exits.at(-1)!.words).toMatch(words)
    await instance.replaceBy(first)
    await instance.untilReady(READY_MS)
    await instance.retire("stop")
  }
})
