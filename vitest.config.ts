import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

/** `npm run test:long` runs what stops, secures and multiplies brokers of its own; `npm test` everything else, in minutes. */
const long = process.env["TESTS_LONG"] === "true"
const kind = long ? "*.long.test.ts" : "!(*.long).test.ts"
const testsOf = (places: ReadonlyArray<string>): Array<string> => places.map((place) => `${place}/**/${kind}`)

/** Whose tests leave no state in a process: these share theirs, which saves each file a start and the load of its modules. */
const PURE = testsOf([
  ..."bounded credentials detection did fleet jose layout message segmentation streams transparency trust"
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
  "test/system",
])

export default defineConfig({
  test: {
    ...(process.env["TESTS_SKIP_NOTHING"] === "true" ? { reporters: ["default", "./infra/ci/no-skips.ts"] } : {}),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    // Half of the files wait for other processes most of their time: one worker would leave a machine of two cores idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      { extends: true, test: { name: "pure", include: PURE, isolate: false } },
      {
        extends: true,
        test: {
          name: "system",
          include: ALL,
          exclude: [...PURE, "**/node_modules/**"],
          globalSetup: ["testkit/src/kafka/global-setup.ts", "testkit/src/registry/global-setup.ts"],
        },
      },
    ],
  },
})
