import { SERVICE_NAMES, STAGES } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { changelogOf, STAGE_STREAMS, STREAMS } from "../src/names.ts"
import { RETENTION } from "../src/retention.ts"
import { ALL_STREAMS, streamSpecs } from "../src/specs.ts"

const specOf = (stream: string, specs = streamSpecs()) => specs.find((spec) => spec.stream === stream)!

describe("the streams", () => {
  it("are each specified once", () => {
    const named = [
      ...Object.values(STREAMS),
      ...STAGES.map((stage) => changelogOf(SERVICE_NAMES[stage])),
      changelogOf("chained"),
    ]
    expect([...ALL_STREAMS].sort()).toEqual(named.sort())
    expect(streamSpecs().map(({ stream }) => stream)).toEqual(ALL_STREAMS)
  })

  it("lead from each stage to the next", () => {
    const inputs = STAGES.map((stage) => STAGE_STREAMS[stage].input)
    expect(STAGES.map((stage) => STAGE_STREAMS[stage].output)).toEqual([...inputs.slice(1), null])
    expect(inputs[0]).toBe(STREAMS.submitted)
  })

  it("are kept as long as asked for, but for evidence and tables", () => {
    const specs = streamSpecs({ submitted: 1, stages: 2, outputs: 3, rejected: 4 })
    for (const [stream, ms] of [
      [STREAMS.submitted, 1],
      [STREAMS.hashed, 2],
      [STREAMS.verified, 3],
      [STREAMS.deadletter, 4],
      [STREAMS.audit, -1],
      [STREAMS.checkpoints, -1],
      [STREAMS.knowledge, -1],
      [changelogOf("chained"), null],
    ] as const)
      expect([stream, specOf(stream, specs).retentionMs]).toEqual([stream, ms])
    expect(specOf(STREAMS.identified).retentionMs).toBe(RETENTION.stages)
  })

  it("that hold evidence are those three, also where something else is kept for ever", () => {
    const evidence = streamSpecs({ submitted: -1 }).filter((spec) => spec.evidence)
    expect(evidence.map(({ stream }) => stream)).toEqual([STREAMS.audit, STREAMS.checkpoints, STREAMS.knowledge])
  })
})
