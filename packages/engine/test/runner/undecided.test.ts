/** A message that a stage fails at stops no stream: it alone is undecided, kept as it came, and changes nothing. */
import type { Log } from "@assay/log"
import { decodeAudit, decodeEntry, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { leafHash } from "@assay/transparency"
import type { AnyStage, AuditEvent } from "@assay/trust"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type BatchDone, startNode } from "../../src/index.ts"
import { countingLogic, countingStage } from "./counting.ts"
import { failingStage } from "./failing-stage.ts"
import { CHANGELOG, GROUP, INPUT, OUTPUT, Rig, readAll } from "./support.ts"

let rig: Rig
let log: Log
beforeEach(async () => {
  rig = await Rig.open()
  log = rig.cluster.process()
})
afterEach(() => rig.close())

const BAD = "did:bad"

/** Runs a node until the group has come to the end of its input. */
const judged = async (stage: AnyStage) => {
  const restores: Array<unknown> = []
  const batches: Array<BatchDone> = []
  const reached = Promise.withResolvers<void>()
  const { end } = await log.bounds(INPUT)
  const node = await startNode({
    log,
    roots: { roots: [], threshold: 1 },
    topology: "staged",
    stagesFor: () => [stage],
    onRestore: (_partition, _group, cause) => restores.push(cause),
    onBatch: (done) => {
      batches.push(done)
      void log.position(GROUP, INPUT).then((next) => {
        if (next >= end) reached.resolve()
      })
    },
  })
  await Promise.race([reached.promise, node.done])
  await node.stop()
  return { restores, batches, decided: batches.flatMap(({ decided }) => decided) }
}

const outcomes = async () =>
  (await readAll(log, OUTPUT)).map(({ key, value }) => {
    const { body } = decodeEntry(value)
    return [
      Buffer.from(key).toString(),
      body.kind === "message" ? body.message.verdicts.credential?.detail : body.kind,
    ] as const
  })

const auditOf = async (): Promise<ReadonlyArray<AuditEvent>> =>
  (await readAll(log, { stream: STREAMS.audit, partition: 0 })).map(({ value }) => decodeAudit(value))

describe("an entry that a stage fails at", () => {
  it("alone is undecided: the stream goes on, and all others are judged as if it had not been there", async () => {
    const others = Array.from({ length: 40 }, (_, n) => `did:${n % 7}`)
    await rig.messages(log, ...others.slice(0, 20), BAD, ...others.slice(20), BAD)
    const { decided, batches } = await judged(failingStage(({ device }) => device === BAD))
    const counts = new Map<string, number>()
    expect(await outcomes()).toEqual(
      others.map((device) => {
        const count = (counts.get(device) ?? 0) + 1
        counts.set(device, count)
        return [device, String(count)]
      }),
    )
    expect(decided.map(({ origin, decision }) => [origin.offset, decision.outcome, decision.reasons])).toEqual([
      [20, "undecided", ["engine.fault"]],
      [41, "undecided", ["engine.fault"]],
    ])
    expect(batches.reduce((sum, { undecided }) => sum + undecided, 0)).toBe(2)
  })

  it("is kept as it came, with what went wrong, and the audit vouches for it", async () => {
    await rig.messages(log, "did:a", BAD)
    await judged(failingStage(({ device }) => device === BAD))
    const [kept, ...more] = await readAll(log, { stream: STREAMS.undecided, partition: 0 })
    expect(more).toEqual([])
    expect(Buffer.from(kept!.key).toString()).toBe("1/0/1")
    const record = decodeRejected(kept!.value)
    expect(record).toMatchObject({
      origin: { epoch: 1, partition: 0, offset: 1 },
      reasons: ["engine.fault"],
      detail: "credential-checker: credential could not judge: a mistake of ours",
    })
    expect([Buffer.from(record.key).toString(), Buffer.from(record.value).toString()]).toEqual([BAD, "signed"])
    const [incident, decision, ...others] = await auditOf()
    expect(others).toEqual([])
    const root = Buffer.from(leafHash(kept!.value)).toString("base64url")
    expect(incident).toMatchObject({ kind: "incident", origin: { offset: 1 }, index: 1000, count: 1, root })
    expect(decision).toMatchObject({
      kind: "decision",
      origin: { offset: 1 },
      device: BAD,
      verdicts: [{ stage: "identity", outcome: "pass" }],
      decision: { outcome: "undecided", reasons: ["engine.fault"], trust: null, kind: "original" },
    })
  })

  it("changes no state, and is not judged again after a restart", async () => {
    await rig.messages(log, BAD, BAD, "did:a")
    let calm = true
    await judged(failingStage(({ device }) => device === BAD && !calm))
    expect((await readAll(log, CHANGELOG)).map(({ key }) => Buffer.from(key).toString())).toContain(BAD)
    calm = false
    const before = (await readAll(log, CHANGELOG)).length
    await rig.messages(log, BAD)
    await judged(failingStage(({ device }) => device === BAD && !calm))
    const written = (await readAll(log, CHANGELOG)).slice(before).map(({ key }) => Buffer.from(key).toString())
    expect(written).not.toContain(BAD)
    calm = true
    await rig.messages(log, BAD)
    await judged(failingStage(() => false))
    // The third message that counts: the one between was never counted.
    expect((await outcomes()).at(-1)).toEqual([BAD, "3"])
  })

  it("goes on where it is no message, so that every stage keeps the same admissions; nothing is decided", async () => {
    await rig.messages(log, "did:a")
    await rig.admission(log, "did:a")
    await rig.messages(log, "did:a")
    const { decided } = await judged(failingStage(({ kind }) => kind === "admission"))
    expect(decided).toEqual([])
    expect(await outcomes()).toEqual([
      ["did:a", "1"],
      ["did:a", "admission"],
      ["did:a", "2"],
    ])
    const runner = await rig.runner(log)
    expect(runner.pipeline.table.view(0).isAdmitted("did:a")).toBe(true)
    expect((await auditOf()).map(({ kind }) => kind)).toEqual(["incident"])
  })

  it("admits nobody, and goes no further, where it is an admission that this stage had to prove", async () => {
    await rig.messages(log, "did:a")
    await rig.admission(log, "did:a")
    const failing: AnyStage = {
      ...countingStage(),
      logic: new Map([
        [
          1,
          {
            ...countingLogic(1),
            admits: () => {
              throw new Error("a mistake of ours")
            },
          },
        ],
      ]),
    }
    const { decided } = await judged(failing)
    expect(decided).toEqual([])
    expect(await outcomes()).toEqual([["did:a", "1"]])
    const runner = await rig.runner(log)
    expect(runner.pipeline.table.view(0).isAdmitted("did:a")).toBe(false)
    expect((await auditOf()).map(({ kind }) => kind)).toEqual(["incident"])
  })

  it("costs so many restores and no more", async () => {
    await rig.messages(log, "did:a", BAD, "did:b")
    const { restores } = await judged(failingStage(({ device }) => device === BAD))
    expect(restores.map(String)).toEqual(Array(4).fill("JudgingError: credential could not judge: a mistake of ours"))
  })

  it("is a stage's missing verdict, too: it never looks like trust, and never like the sender's mistake", async () => {
    await rig.messages(log, "did:a")
    const mute: AnyStage = {
      ...countingStage(),
      // biome-ignore lint/suspicious/noExplicitAny: what the types forbid, and a mistake may do all the same
      logic: new Map([[1, { ...countingLogic(1), judge: () => ({ verdict: undefined, state: undefined }) as any }]]),
    }
    const { decided } = await judged(mute)
    expect(decided.map(({ decision }) => decision.outcome)).toEqual(["undecided"])
    expect(await readAll(log, { stream: STREAMS.rejected, partition: 0 })).toEqual([])
  })
})
