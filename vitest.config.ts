import { defineConfig } from "vitest/config"

/** `npm run test:long` runs what stops, secures and multiplies brokers of its own; `npm test` everything else, in minutes. */
const long = process.env["TESTS_LONG"] === "true"
const kind = long ? "*.long.test.ts" : "!(*.long).test.ts"

export default defineConfig({
  test: {
    include: ["packages/*", "services/*", "schemas", "load-tests", "infra", "infra/kafka"].map(
      (place) => `${place}/test/**/${kind}`,
    ),
    globalSetup: ["infra/kafka/global-setup.ts"],
    ...(process.env["TESTS_SKIP_NOTHING"] === "true" ? { reporters: ["default", "./infra/ci/no-skips.ts"] } : {}),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
  },
})
