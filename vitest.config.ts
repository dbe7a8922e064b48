import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** `npm run test:long` runs what stops, secures and multiplies brokers of its own; `npm test` everything else, in minutes. */
const long = process.env["TESTS_LONG"] === "true"
const kind = long ? "*.long.test.ts" : "!(*.long).test.ts"
const testsOf = (places: ReadonlyArray<string>): Array<string> => places.map((place) => `${place}/**/${kind}`)

/** Whose tests leave no state in a process: they need nothing that a run shares either. */
const PURE = testsOf([
  ..."attestation bounded cose credentials detection did did-document firmware fleet jose layout message passport segmentation signing streams transparency trust"
    .split(" ")
    .map((name) => `packages/${name}/test`),
  "services/{anomaly-quarantine,credential-checker,identity-resolver,segmentation-enforcer}/test",
])
const ALL = testsOf([
  "packages/*/test",
  "services/*/test",
  "schemas/test",
  "load-tests/test",
  "infra/test",
  "testkit/test",
  "test/system",
])

/** Each in a process of its own, and before all others, so that none of the slow ones is the last to be started. */
const ALONE = long
  ? ALL
  : [
      // These look at the memory, the clock or the telemetry of their process.
      "infra/test/observability/hops.test.ts",
      "packages/engine/test/order/ticks.test.ts",
      "packages/engine/test/runner/commit-pace.test.ts",
      "packages/engine/test/state/snapshot.test.ts",
      "test/system/invariants/invariant-8-everything-bounded.test.ts",
      "test/system/kafka/decode.test.ts",
      // These take longest.
      "packages/engine/test/runner/undecided.test.ts",
      "test/system/invariants/invariant-4-exactly-one-decision.test.ts",
      "test/system/invariants/invariant-5-same-entries-same-verdicts.test.ts",
      "test/system/invariants/verdicts-fixed-sequence.test.ts",
    ]

const project = (name: string, include: ReadonlyArray<string>, exclude: ReadonlyArray<string>, isolate: boolean) => ({
  extends: true as const,
  test: { name, include: [...include], exclude: [...exclude, "**/node_modules/**"], isolate },
})

export default defineConfig({
  test: {
    ...(process.env["TESTS_SKIP_NOTHING"] === "true"
      ? {
          reporters: [
            "default",
            "./infra/ci/no-skips.ts",
            ["./infra/ci/failed-files.ts", { to: process.env["TESTS_FAILED"] }],
          ],
        }
      : {}),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    // Half of the files wait for other processes, disks and clocks most of their time: a worker for each core leaves cores idle.
    maxWorkers: availableParallelism() + 1,
    // A process that a test starts spends most of its start on stripping types and compiling; with this, the first one does.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/assay", import.meta.url)) },
    // The first is undone last.
    globalSetup: [
      "testkit/src/scratch/global-setup.ts",
      "testkit/src/kafka/global-setup.ts",
      "testkit/src/registry/global-setup.ts",
    ],
    // Files of one process share its start and its modules, which costs more than most of them. By name, "alone" comes first.
    projects: [
      project("alone", ALONE, [], true),
      ...(long ? [] : [project("pure", PURE, [], false), project("system", ALL, [...ALONE, ...PURE], false)]),
    ],
  },
})
