/** Judges are kept by version: the entries choose, so that a replay judges as it was judged. */
import { ConfigurationError } from "@assay/settings"
import { type AnyStage, type LogicVersions, NO_KNOWLEDGE } from "@assay/trust"
import { expect, it } from "vitest"
import { newMessage, type RawEntry } from "../../src/order/entries.ts"
import { Pipeline, type PipelineParts } from "../../src/runner/pipeline.ts"
import { StateTable } from "../../src/state/table.ts"
import { countingLogic, countingStage, VERDICT } from "./counting.ts"

const FIRST: LogicVersions = { identity: 1, credential: 1, integrity: 1, segmentation: 1, anomaly: 1 }

/** Stands in for the track: the control entry at offset 2 activates version 2 of credential-checker. */
class Switching {
  knowledge = NO_KNOWLEDGE
  subjects = { get: () => null }
  settle = (): void => undefined
  logic = FIRST
  changed = false
  mediaTypeOf = (): string => "application/octet-stream"
  encode = (): Uint8Array => new Uint8Array(0)
  copy = this.encode
  apply: PipelineParts["track"]["apply"] = () => {
    this.logic = { ...FIRST, credential: 2 }
    return { accepted: true, reasons: [], what: { kind: "unreadable" } }
  }
}

const twoVersions = (): AnyStage => ({
  ...countingStage(),
  logic: new Map([1, 2].map((version) => [version, countingLogic(version)] as const)),
})

const origin = (offset: number) => ({ epoch: 1, partition: 0, offset })
const envelope = {
  bytes: Buffer.from("signed"),
  mediaType: "application/jose",
  binding: "test",
  originator: null,
  principal: null,
}
const message = (offset: number): Extract<RawEntry, { kind: "message" }> => {
  const fresh = newMessage(origin(offset), 1, "did:a", envelope)
  fresh.claims = { ...CLAIMS }
  fresh.verdicts.identity = VERDICT
  return { kind: "message", origin: origin(offset), time: 1, message: fresh }
}
const CLAIMS = {
  kind: "message",
  alg: "Ed25519",
  kid: "did:a#key",
  iss: "did:a",
  aud: "urn:assay:test",
  iat: 1,
  act: "event",
  epo: 1,
  seq: 1,
  prv: null,
  fw: null,
  body: "{}",
  digest: "A".repeat(43),
} as const

const logicOf = async (stage: AnyStage, batches: ReadonlyArray<ReadonlyArray<RawEntry>>) => {
  const pipeline = new Pipeline({ stages: [stage], table: new StateTable([stage]), track: new Switching() })
  for (const raw of batches) await pipeline.process({ raw, prepared: [] })
  return batches.flat().flatMap((entry) => (entry.kind === "message" ? entry.message.verdicts.credential!.logic : []))
}

const control: RawEntry = { kind: "control", origin: origin(2), time: 1, control: { kind: "control", tokens: [] } }

it("judges each entry by the version in force at its place, in any batch split", async () => {
  const all = () => [message(0), message(1), control, message(3), message(4)]
  for (const size of [1, 2, 3, 5]) {
    const entries = all()
    const batches = []
    for (let from = 0; from < entries.length; from += size) batches.push(entries.slice(from, from + size))
    expect(await logicOf(twoVersions(), batches)).toEqual([1, 1, 2, 2])
  }
})

it("does not judge by the newest version of its own accord", async () => {
  expect(await logicOf(twoVersions(), [[message(0)]])).toEqual([1])
})

it("refuses to judge by a version that it does not have, since no other would be right", async () => {
  await expect(logicOf(countingStage(), [[control, message(3)]])).rejects.toThrow(ConfigurationError)
})
