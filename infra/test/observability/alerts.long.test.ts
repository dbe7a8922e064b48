/** The alert rules, checked and played through by Prometheus's own program. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const DIR = fileURLToPath(new URL("../../observability/prometheus", import.meta.url))
const hasPromtool = spawnSync("promtool", ["--version"]).status === 0
if (!hasPromtool)
  process.stderr.write(
    "SKIPPED infra/test/observability/alerts.long.test.ts: promtool is not installed (infra/ci/packages.sh)\n",
  )

it.skipIf(!hasPromtool).each([
  ["check", "rules", "alerts.yml"],
  ["test", "rules", "alerts.test.yml"],
  ["check", "rules", "components.yml"],
  ["test", "rules", "components.test.yml"],
  ["check", "rules", "slo.yml"],
  ["test", "rules", "slo.test.yml"],
  ["test", "rules", "slo-days.test.yml"],
])("promtool %s %s %s", (...args) => {
  const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: DIR, encoding: "utf8" })
  expect([status, status === 0 ? "" : stdout + stderr]).toEqual([0, ""])
})
