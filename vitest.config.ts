import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: [
      "packages/*/test/**/*.test.ts",
      "services/*/test/**/*.test.ts",
      "schemas/test/**/*.test.ts",
      "load-tests/test/**/*.test.ts",
      "infra/test/**/*.test.ts",
      "infra/kafka/test/**/*.test.ts",
    ],
    globalSetup: ["infra/kafka/global-setup.ts"],
    ...(process.env["ASSAY_SKIP_NOTHING"] === "true" ? { reporters: ["default", "./infra/ci/no-skips.ts"] } : {}),
    testTimeout: 60_000,
    pool: "forks",
  },
})
