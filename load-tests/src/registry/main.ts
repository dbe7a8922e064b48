/** `npm run demo:registry`: a device of one ecosystem in the deployment of another, through a registry that recognises its authority. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Command, EXIT } from "@assay/cli/command"
import { table } from "@assay/cli/output"
import { runProgram } from "../command.ts"
import { runRegistry } from "./run.ts"

const demo: Command = {
  name: "demo:registry",
  summary:
    "a device of vendor A in operator B's deployment, through a recognised trust registry, with nothing configured for that vendor",
  usage: "npm run demo:registry -- [--json]",
  details: `Starts two HTTPS servers that answer by TRQP 2.0, asks them as operators do, and judges with the five stages. Needs openssl, for
certificates, and no key. Exit code 1: a step did not end as it should.`,
  takes: 0,
  options: {},
  run: async (_given, output) => {
    const dir = mkdtempSync(join(tmpdir(), "assay-demo-registry-"))
    try {
      const steps = await runRegistry(dir, output.progress)
      const isFine = steps.every(({ ok }) => ok)
      output.result({ steps }, () => {
        output.say(
          table(
            ["what happens", "comes to", ""],
            steps.map(({ name, got, expected, ok }) => [name, got, ok ? "ok" : `NOT AS EXPECTED: ${expected}`]),
            [],
          ),
        )
      })
      return isFine ? EXIT.ok : EXIT.failed
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  },
}

await runProgram(demo)
