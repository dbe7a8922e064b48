/**
 * A kind of knowledge is one folder: `kinds/calibration` here. Nothing else in the code knows its name, and yet it is
 * published, activated on the partition that it concerns, judged by, replayed, expired, restored, and shown.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readArguments } from "@assay/cli/command"
import { knowledgeFindings } from "@assay/cli/doctor"
import { writeKey } from "@assay/cli/keys"
import { commandOf } from "@assay/cli/knowledge"
import { makeOutput } from "@assay/cli/output"
import { encodeControl, publishKnowledge } from "@assay/engine"
import type { Device } from "@assay/fleet"
import { knowledgeRoutes } from "@assay/ingress"
import { dsseSign } from "@assay/jose"
import { KINDS, type KnowledgeKind, kindsByName } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { partitionOf } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { Metrics, watchLag } from "@assay/telemetry"
import { closeVerifyPool, type Driver } from "@assay/testkit/driver"
import { aWorld, openDriver, START } from "@assay/testkit/fleet"
import { type AnyStage, itemKey, type Judgement, type MessageEntry, outcomeOf, type Verdict } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"
import { CALIBRATION, CALIBRATION_TYPE } from "./kinds/calibration/kind.ts"

afterAll(closeVerifyPool)

const MINUTE = 60_000
const kinds = kindsByName([...Object.values<KnowledgeKind>(KINDS), CALIBRATION])

const world = aWorld("calibrated")
const [operator] = world.operators
const certificate = (device: string, version: number, expires: number): Uint8Array =>
  dsseSign(CALIBRATION_TYPE, Buffer.from(JSON.stringify({ version, device, expires })), [operator!])

/** Fails the messages of a device whose certificate has expired, as a judge of such a kind would. */
const calibrated = (stages: ReadonlyArray<AnyStage>): ReadonlyArray<AnyStage> =>
  stages.map((stage) => {
    if (stage.name !== "integrity") return stage
    const logic = new Map(
      [...stage.logic].map(([version, { judge, apply }]) => [
        version,
        {
          apply,
          judge: (...[entry, ...rest]: Parameters<typeof judge>): Judgement<unknown, unknown> => {
            const judged = judge(entry, ...rest)
            return isLapsed(entry) && judged.rejection === undefined
              ? { ...judged, verdict: lapsed(judged.verdict) }
              : judged
          },
        },
      ]),
    )
    return { ...stage, logic }
  })
const isLapsed = ({ knowledge, message, time }: MessageEntry): boolean => {
  const item = knowledge.items.get(itemKey(CALIBRATION.name, message.claims?.iss ?? ""))
  return item !== undefined && item.expires <= time
}
const lapsed = (verdict: Verdict): Verdict => {
  const reasons = [...verdict.reasons, "integrity.knowledge_missing"] as const
  return { ...verdict, reasons, outcome: outcomeOf(reasons) }
}

const open = (): Promise<Driver> => openDriver(world, { kinds, adapt: calibrated, partitions: 4 })

const speak = async (driver: Driver, device: Device): Promise<string> => {
  const origin = await driver.say(device.did, device.message({ act: "telemetry", iat: Math.floor(driver.now / 1000) }))
  await driver.settle()
  return driver.decidedAt(origin)!.decision.outcome
}

const trusted = async (driver: Driver): Promise<Device> => {
  const device = world.device("calibrated")
  await driver.say(device.did, device.presentation())
  await driver.settle()
  for (let n = 0; n < 15; n++) await speak(driver, device)
  return device
}

const inForce = (driver: Driver, device: Device): ReadonlyArray<boolean> =>
  driver.runners.map(({ pipeline }) => pipeline.track.knowledge.items.has(itemKey(CALIBRATION.name, device.did)))

const scrape = async (driver: Driver): Promise<string> => {
  const metrics = new Metrics()
  const problems: Array<unknown> = []
  const stop = watchLag({
    log: driver.log,
    metrics,
    kinds,
    watched: () =>
      driver.runners.map(({ partition, pipeline }) => ({
        group: "chained",
        stream: STREAMS.submitted,
        partition,
        knowledge: pipeline.track.knowledge,
      })),
    onProblem: (cause) => problems.push(cause),
  })
  const text = await metrics.scrape()
  stop()
  expect(problems).toEqual([])
  return text
}

describe("a kind in one folder", () => {
  it("is activated on its home, judged by, replayed, expired, restored, and shown", { timeout: 60_000 }, async () => {
    const driver = await open()
    try {
      const device = await trusted(driver)
      const home = partitionOf(Buffer.from(device.did), 4)
      const bytes = certificate(device.did, 3, driver.now + 30 * MINUTE)
      const { origins } = await publishKnowledge(driver.log, CALIBRATION.name, bytes, kinds)
      await driver.settle()
      expect(origins.map(({ partition }) => partition)).toEqual([home])
      expect(inForce(driver, device)).toEqual([0, 1, 2, 3].map((partition) => partition === home))
      expect(await speak(driver, device)).toBe("verified")

      const shown = await scrape(driver)
      expect(shown).toMatch(/^assay_knowledge_version\{[^}]*item="calibration"[^}]*\} 3$/m)
      expect(shown).toMatch(/^assay_knowledge_remaining_seconds\{[^}]*item="calibration"/m)
      const findings = await knowledgeFindings(driver.log, world.rootSet, driver.now, kinds)
      expect(findings.find(({ check }) => check === "calibration")).toMatchObject({ state: "ok" })

      await driver.restart()
      expect(inForce(driver, device)[home]).toBe(true)

      await driver.tick(31 * MINUTE)
      expect(await speak(driver, device)).toBe("annotated")
      const late = await knowledgeFindings(driver.log, world.rootSet, driver.now, kinds)
      expect(late.find(({ check }) => check === "calibration")).toMatchObject({ state: "warn" })

      const again = await driver.replay()
      expect(again).toMatchObject({ differing: 0 })
      expect(again.agreed).toBeGreaterThan(15)
    } finally {
      await driver.close()
    }
  })

  it("is refused where the wrong key signed it, it is older, has expired, or its partition is full", async () => {
    const driver = await open()
    try {
      const { did } = world.device("calibrated")
      const soon = driver.now + 30 * MINUTE
      const publish = async (bytes: Uint8Array): Promise<ReadonlyArray<string>> => {
        await publishKnowledge(driver.log, CALIBRATION.name, bytes, kinds)
        await driver.settle()
        const events = (await driver.audit()).filter(({ detail }) => detail?.includes('"calibration"'))
        return events.at(-1)!.reasons
      }
      const body = Buffer.from(JSON.stringify({ version: 9, device: did, expires: soon }))
      await driver.settle()
      expect(await publish(dsseSign(CALIBRATION_TYPE, body, world.roots.slice(0, 2)))).toEqual([
        "control.knowledge_unsigned",
      ])
      expect(await publish(certificate(did, 3, driver.now - 1))).toEqual(["control.knowledge_expired"])
      expect(await publish(certificate(did, 3, soon))).toEqual([])
      expect(await publish(certificate(did, 3, soon + 1))).toEqual(["control.knowledge_version"])
      const home = partitionOf(Buffer.from(did), 4)
      const neighbours = Array.from({ length: 40 }, (_, n) => `did:example:${n}`).filter(
        (other) => partitionOf(Buffer.from(other), 4) === home,
      )
      expect(await publish(certificate(neighbours[0]!, 1, soon))).toEqual([])
      expect(await publish(certificate(neighbours[1]!, 1, soon))).toEqual(["control.knowledge_limit"])
    } finally {
      await driver.close()
    }
  })

  it("is unknown to a version without it, which keeps the entry and goes on", async () => {
    const driver = await openDriver(world)
    try {
      const { value } = encodeControl({ kind: "activation", item: "calibration", hash: "ab".repeat(32), body: null })
      await driver.raw(STREAMS.submitted, 0, value)
      await driver.raw(
        STREAMS.submitted,
        0,
        encodeControl({ kind: "activation", item: "x".repeat(9_999), hash: "", body: null }).value,
      )
      await driver.settle()
      const refused = (await driver.audit()).filter(({ reasons }) => reasons[0] === "control.kind_unknown")
      expect(refused).toHaveLength(2)
      expect(JSON.parse(refused[0]!.detail!)).toMatchObject({ kind: "activation", item: "calibration" })
      expect(refused[1]!.detail!.length).toBeLessThan(256)
      expect(driver.runners[0]!.pipeline.track.knowledge.bundle).not.toBeNull()
    } finally {
      await driver.close()
    }
  })

  it("has a command and a route", async () => {
    const dir = mkdtempSync(join(tmpdir(), "assay-kind-"))
    try {
      const file = (name: string): string => join(dir, name)
      writeFileSync(file("roots.json"), JSON.stringify(world.rootSet))
      writeFileSync(file("bundle.dsse"), world.signedBundle)
      writeFileSync(file("plain.json"), JSON.stringify({ version: 1, device: "did:example:1", expires: START * 2_000 }))
      writeFileSync(file("junk.json"), "{}")
      writeKey(file("operator.json"), operator!.key, "key")
      const command = commandOf(CALIBRATION)
      const call = async (...args: ReadonlyArray<string>): Promise<unknown> => {
        const reported: Array<unknown> = []
        const result = (value: unknown): void => {
          reported.push(value)
        }
        await command.run(readArguments(command, args), { ...makeOutput(true), result })
        return reported[0]
      }
      expect(await call("check", file("plain.json"))).toMatchObject({
        version: 1,
        means: ["did:example:1 is calibrated"],
      })
      await expect(call("check", file("junk.json"))).rejects.toThrow("it is no calibration")
      await call("sign", file("plain.json"), "--keys", file("operator.json"), "--out", file("signed.dsse"))
      const roots = ["--roots", file("roots.json"), "--bundle", file("bundle.dsse")]
      expect(await call("show", file("signed.dsse"), ...roots)).toMatchObject({ subject: "did:example:1", version: 1 })
      const paths = knowledgeRoutes({} as Log, () => null, kinds).map(({ path }) => path)
      expect(paths).toContain("/v1/admin/knowledge/calibration")
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })
})
