/** Keys that never leave a token, from the first deployment to a signed command. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { BUNDLE, openItem } from "@assay/knowledge"
import { readRoots } from "@assay/node/roots"
import { assay } from "@assay/testkit/cli"
import { hasSoftHsm, sayWithoutSoftHsm, testTokens } from "@assay/testkit/softhsm"
import { expect, it } from "vitest"

sayWithoutSoftHsm("packages/cli/test/commands/pkcs11.test.ts")

it.skipIf(!hasSoftHsm)(
  "init makes its keys in a token, and the bundle that they signed opens",
  { timeout: 120_000 },
  async () => {
    const tokens = testTokens("plant")
    const cwd = mkdtempSync(join(tmpdir(), "assay-pkcs11-"))
    const run = (...args: ReadonlyArray<string>) => assay([...args], { cwd, env: tokens.env })
    try {
      const made = await run("init", "plant", "--pkcs11", tokens.uri("plant", ""))
      expect(made.err).toBe("")
      const file = JSON.parse(readFileSync(join(cwd, "plant/keys/root-1.json"), "utf8"))
      expect(Object.keys(file)).toEqual(["did", "reference"])
      expect(file.reference).toContain("object=root-1")
      const roots = readRoots(join(cwd, "plant/roots.json"), null)
      expect(openItem(BUNDLE, readFileSync(join(cwd, "plant/bundle.dsse")), { roots, bundle: null })).toHaveProperty(
        "active",
      )

      const command = await run(
        ...[
          "quarantine",
          "add",
          "did:key:zAny",
          "--keys",
          "plant/keys/operator-1.json",
          "--aud",
          "https://plant.example/",
        ],
        ...["--log", "assay-log:1:1", "--sign-only"],
      )
      expect([command.code, command.out.trim().split(".").length]).toEqual([0, 3])

      const log = await run("keygen", "--out", "log.json", "--pkcs11", tokens.uri("plant", "log"))
      expect((await run("keygen", "--of", "log.json")).out).toBe(log.out)
      const again = await run("keygen", "--out", "log-2.json", "--pkcs11", tokens.uri("plant", "log"))
      expect([again.code, existsSync(join(cwd, "log-2.json"))]).toEqual([2, false])
      expect(again.err).toContain("never overwritten")
    } finally {
      tokens.remove()
      rmSync(cwd, { recursive: true, force: true })
    }
  },
)
