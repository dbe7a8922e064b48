import { defineConfig } from "vitest/config"

/** `npm run test:long` runs what stops, secures and multiplies brokers of its own; `npm test` everything else, in minutes. */
const long = process.env["TESTS_LONG"] === "true"
const kind = long ? "*.long.test.ts" : "!(*.long).test.ts"

export default defineConfig({
  test: {
    include: ["packages/*/test", "services/*/test", "schemas/test", "load-tests/test", "infra/test", "test/system"].map(
      (place) => `${place}/**/${kind}`,
    ),
    globalSetup: ["testkit/src/kafka/global-setup.ts", "testkit/src/registry/global-setup.ts"],
    ...(process.env["TESTS_SKIP_NOTHING"] === "true" ? { reporters: ["default", "./infra/ci/no-skips.ts"] } : {}),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
  },
})
