/** No command shows a secret of its environment, whatever goes wrong: not as text, not as JSON, not with a stack. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { HTTP, SETTINGS } from "@assay/settings"
import { assay, type Done } from "@assay/testkit/cli"
import { afterAll, beforeAll, expect, it } from "vitest"

const SECRET = "hunter2-of-the-tests"
/** Nobody listens there. */
const NOWHERE = "127.0.0.1:1"
const STEP_MS = 120_000

let cwd: string
const call = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>): Promise<Done> =>
  assay(args, { cwd, env })

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "assay-secrets-"))
  writeFileSync(join(cwd, "password"), `${SECRET}\n`)
  writeFileSync(join(cwd, "message"), "a.b.c")
  const files = ["-keyout", "key.pem", "-out", "cert.pem"]
  execFileSync("openssl", ["req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=localhost", ...files], {
    cwd,
    stdio: "pipe",
  })
}, STEP_MS)
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const KAFKA = {
  LOG: "kafka",
  KAFKA_BROKERS: NOWHERE,
  KAFKA_SASL_MECHANISM: "scram-sha-512",
  KAFKA_SASL_USERNAME: "me",
}
const ALL = {
  ASSAY_DEBUG: "1",
  ASSAY_HTTP_TOKENS: `me:submit:${SECRET}`,
  ASSAY_TOKEN: SECRET,
  ASSAY_ANCHOR_KEY: SECRET,
  ASSAY_ANCHOR_RPC: `http://${NOWHERE}/${SECRET}`,
  ASSAY_MQTT_PASSWORD: SECRET,
  ASSAY_ONEM2M_PASSWORD: SECRET,
  ASSAY_ONEM2M_TOKEN: SECRET,
  REDIS_URL: `redis://me:${SECRET}@${NOWHERE}`,
  KAFKA_SASL_PASSWORD: SECRET,
  SCHEMA_REGISTRY_URL: `http://${NOWHERE}`,
  SCHEMA_REGISTRY_USER: "me",
  SCHEMA_REGISTRY_PASSWORD: SECRET,
}

it("has a value for every setting that is secret", () => {
  for (const { key, secret } of SETTINGS) if (secret) expect(ALL).toHaveProperty(key)
})

const CALLS: ReadonlyArray<readonly [ReadonlyArray<string>, Readonly<Record<string, string>>]> = [
  [["doctor"], ALL],
  [["doctor"], { ...ALL, ...KAFKA }],
  [["run"], ALL],
  [["run"], { ...ALL, ...KAFKA }],
  [["tail", "audit"], { ...ALL, ...KAFKA }],
  [["topics", "plan"], { ...ALL, ...KAFKA }],
  [["schemas", "check"], ALL],
  [["schemas", "check"], { ...ALL, SCHEMA_REGISTRY_URL: `http://me:${SECRET}@${NOWHERE}` }],
  [["schemas", "check"], { ...ALL, SCHEMA_REGISTRY_URL: `me:${SECRET}@${NOWHERE}` }],
  [["read-model", "show"], { ...ALL, REDIS_URL: `http://me:${SECRET}@${NOWHERE}` }],
  [["read-model", "show"], { ...ALL, REDIS_URL: `redis://me:${SECRET}@${NOWHERE}/x` }],
  [["read-model", "show"], { ...ALL, ...KAFKA }],
  [["anchor", "deploy", "--state", "anchors"], ALL],
  [["anchor", "deploy", "--state", "anchors"], { ...ALL, ASSAY_ANCHOR_KEY: `0x${"11".repeat(32)}` }],
  [["submit", "message", "--url", `http://${NOWHERE}`], ALL],
]

it.each(
  CALLS.flatMap(([args, env], nth) =>
    // A process each: the first two both ways, the others as text or as JSON in turn.
    (nth < 2 ? [[], ["--json"]] : [nth % 2 === 0 ? [] : ["--json"]]).map((json) => [[...args, ...json], env] as const),
  ),
)("assay %j shows none of them", { timeout: STEP_MS }, async (args, env) => {
  const { code, out, err } = await call(args, env)
  expect(code).not.toBe(0)
  expect(out + err).not.toContain(SECRET)
})

it("does not show the private key of a server either", { timeout: STEP_MS }, async () => {
  const key = execFileSync("openssl", ["pkey", "-in", "key.pem"], { cwd, encoding: "utf8" }).split("\n")[1]!
  const tls = { [HTTP.tlsCert.key]: "cert.pem", [HTTP.tlsKey.key]: "key.pem" }
  const { out, err } = await call(["doctor", "--json"], { ...ALL, [HTTP.httpTokens.key]: "", ...tls })
  expect(out).toContain("https on")
  expect(out + err).not.toContain(key)
})
