/** SoftHSM, a PKCS#11 token in software, with tokens of their own for a test file; or, loudly, none. It protects nothing. */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { vi } from "vitest"

const MODULES = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
  "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
  "/usr/local/lib/softhsm/libsofthsm2.so",
]
const module = MODULES.find((path) => existsSync(path)) ?? null
const CONF = "SOFTHSM2_CONF"
const PIN = "4711"

export const hasSoftHsm: boolean = module !== null && spawnSync("softhsm2-util", ["--version"]).status === 0

/** Says what is skipped, and why. */
export const sayWithoutSoftHsm = (file: string): void => {
  if (!hasSoftHsm)
    process.stderr.write(`SKIPPED in ${file}: everything with a PKCS#11 token, there is no SoftHSM (softhsm2)\n`)
}

export interface TestTokens {
  readonly module: string
  /** The file with the PIN of the user. */
  readonly pin: string
  /** What a process of its own needs to find the tokens. */
  readonly env: Readonly<Record<string, string>>
  /** A new, empty token. */
  add(label: string): void
  /** The URI of a key, or with an empty label of the token. */
  uri(token: string, label: string): string
  remove(): void
}

/** This process sees the tokens from here on: its library reads the environment when it begins. */
export const testTokens = (...labels: ReadonlyArray<string>): TestTokens => {
  const dir = mkdtempSync(join(tmpdir(), "assay-softhsm-"))
  mkdirSync(join(dir, "tokens"))
  const conf = join(dir, "softhsm2.conf")
  writeFileSync(conf, `directories.tokendir = ${join(dir, "tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n`)
  const pin = join(dir, "pin")
  writeFileSync(pin, `${PIN}\n`, { mode: 0o600 })
  vi.stubEnv(CONF, conf)
  const add = (label: string): void => {
    const args = ["--init-token", "--free", "--label", label, "--so-pin", "0815", "--pin", PIN]
    const { status, stderr } = spawnSync("softhsm2-util", args, { encoding: "utf8" })
    if (status !== 0) throw new Error(`softhsm2-util: ${stderr}`)
  }
  for (const label of labels) add(label)
  return {
    module: module!,
    pin,
    env: { [CONF]: conf },
    add,
    uri: (token, label) =>
      `pkcs11:token=${token}${label === "" ? "" : `;object=${label}`}?module-path=${module}&pin-source=file:${pin}`,
    remove: () => {
      vi.unstubAllEnvs()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
