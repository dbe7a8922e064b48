import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { causeOf, type Frame } from "../../bench/profile/causes.ts"
import { readProfile } from "../../bench/profile/read.ts"

const source = (path: string, functionName = "f"): Frame => ({
  functionName,
  scriptId: "7",
  url: `file:///repo/${path}`,
})
const native = (functionName: string): Frame => ({ functionName, scriptId: "0", url: "" })
const HASH: Frame = { functionName: "hash", scriptId: "3", url: "node:internal/crypto/hash" }

describe("the cause of a sample", () => {
  it.each<[string, ReadonlyArray<Frame>, string | null]>([
    ["nothing ran", [native("(idle)")], null],
    ["the collector", [native("(garbage collector)")], "collector"],
    ["native code belongs to its caller", [native("utf8Write"), source("schemas/src/wire/writer.ts")], "Avro"],
    [
      "the innermost of ours counts",
      [source("packages/detection/src/tail.ts"), source("services/anomaly-quarantine/src/judge.ts")],
      "judge: detectors",
    ],
    [
      "generated accessors are states",
      [{ functionName: "get head", scriptId: "9", url: "" }, source("services/integrity-hasher/src/judge.ts")],
      "states: fields and copies",
    ],
    [
      "a hash, by what is hashed",
      [native("oneShotDigest"), HASH, source("packages/engine/src/runner/audit.ts")],
      "SHA-256 of the decided record",
    ],
    ["another hash", [HASH, source("services/identity-resolver/src/authenticate.ts")], "SHA-256 of the signing input"],
    [
      "Node alone",
      [{ functionName: "processTimers", scriptId: "4", url: "node:internal/timers" }],
      "Node: event loop, timers, promises",
    ],
  ])("%s", (_, stack, cause) => {
    expect(causeOf(stack)).toBe(cause)
  })
})

describe("a profile", () => {
  let dir = ""
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it("counts what ran within the window, by cause and function", () => {
    dir = mkdtempSync(join(tmpdir(), "assay-profile-test-"))
    const file = join(dir, "CPU.20260101.000000.1.0.001.cpuprofile")
    const frame = (functionName: string, url: string, scriptId = "5") => ({
      functionName,
      url,
      scriptId,
      lineNumber: 9,
    })
    writeFileSync(
      file,
      JSON.stringify({
        nodes: [
          { id: 1, callFrame: frame("(root)", "", "0"), children: [2, 4] },
          {
            id: 2,
            callFrame: frame("judge", "file:///repo/services/segmentation-enforcer/src/judge.ts"),
            children: [3],
          },
          { id: 3, callFrame: frame("get", "", "0") },
          { id: 4, callFrame: frame("(idle)", "", "0") },
        ],
        startTime: 1_000,
        endTime: 6_000,
        samples: [2, 2, 3, 4, 2],
        timeDeltas: [0, 1_000, 1_000, 1_000, 1_000],
      }),
    )
    const { byCause, byFunction } = readProfile(file, 2_000, 5_000)
    expect([...byCause]).toEqual([["judge: segmentation-enforcer", 2_000]])
    expect([...byFunction]).toEqual([
      ["judge: segmentation-enforcer | judge services/segmentation-enforcer/src/judge.ts:10", 1_000],
      ["judge: segmentation-enforcer | get ", 1_000],
    ])
  })
})
