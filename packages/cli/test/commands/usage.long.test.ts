/** Wrong calls: what they say, which exit code they give, and that nothing was started. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assay, assayProcess, type Done } from "@assay/testkit/cli"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const ROOTS = ["--roots", "plant/roots.json"]
const OP = "plant/keys/operator-1.json"
const STEP_MS = 180_000

let cwd = ""
const call = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<Done> =>
  assay(args, { cwd, env })
const file = (path: string, content: string): void => writeFileSync(join(cwd, path), content)

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "assay-usage-"))
  expect(await call(["init", "plant"])).toMatchObject({ code: 0, err: "" })
  file("junk.json", "{")
  file("jws", `eyJhbGciOiJFZDI1NTE5In0.e30.${"A".repeat(86)}\n`)
  file("no-jws", "aGVhZGVy.cGF5bG9hZA.c2ln\n") // three parts of base64url, and the first is no JSON
  file("empty", "\n")
  file("pem", "-----BEGIN NOTHING-----\n")
  file("no-roots.json", '{"roots":[],"threshold":1}')
  file("bad-root.json", '{"roots":["did:key:zzz"],"threshold":1}')
  const roots = JSON.parse(readFileSync(join(cwd, "plant/roots.json"), "utf8")) as { roots: ReadonlyArray<string> }
  file("high-roots.json", JSON.stringify({ ...roots, threshold: 4 }))
  file("policy.yaml", readFileSync(join(cwd, "plant/policy.yaml"), "utf8").replace("from: field", "from: fields"))
  file(
    "bundle.json",
    readFileSync(join(cwd, "plant/bundle.json"), "utf8").replace(
      '"maxAssurance": "software"',
      '"maxAssurance": "total"',
    ),
  )
  mkdirSync(join(cwd, "other"))
  file("other/assay.json", '{"format":99}')
  mkdirSync(join(cwd, "old"))
  file("old/assay.json", '{"format":1,"partitions":4,"epoch":1,"genesis":0}')
  mkdirSync(join(cwd, "inside"))
  file("inside/roots.json", JSON.stringify({ ...roots, threshold: 2 }))
  symlinkSync(join(cwd, "inside/roots.json"), join(cwd, "linked-roots.json"))
}, STEP_MS)

afterAll(() => rmSync(cwd, { recursive: true, force: true }))

/** Nothing here reaches a node: 2 is the caller's to correct, 3 is not. */
const CALLS: ReadonlyArray<readonly [code: number, args: ReadonlyArray<string>, says: ReadonlyArray<string>]> = [
  [2, [], []],
  [2, ["dance"], ['no command "dance"', "assay help"]],
  [2, ["verfy"], ['no command "verfy" (did you mean verify?)']],
  [2, ["help", "sumbit"], ['no command "sumbit" (did you mean submit?)']],
  [2, ["run", "--bogus"], ["'--bogus'", "assay help run"]],
  [2, ["run", "--toplogy", "chained"], ["'--toplogy' (did you mean --topology?)"]],
  [2, ["up"], ["name the directory"]],
  [2, ["keygen", "more", "--out", "k"], ['"more" is one word too many', "keygen --out FILE"]],
  [2, ["init"], ["name the directory"]],
  [2, ["init", "plant"], ["plant is initialised already"]],
  [2, ["init", "p2", "--domain", "plant"], ["--domain", "https://plant.example/"]],
  [2, ["keygen"], ["--out FILE is needed"]],
  [2, ["keygen", "--out", OP], [OP, "never overwritten"]],
  [2, ["keygen", "--out", "no/where"], ["no/where", "directory"]],
  [2, ["keygen", "--out", "k", "--alg", "RSA"], ['--alg takes Ed25519 or ES256, not "RSA"']],
  [2, ["sign", "--key", "none.json", "--aud", "x"], ["none.json is no key file", "assay keygen"]],
  [2, ["sign", "--key", "junk.json", "--aud", "x"], ["junk.json is no key file"]],
  [2, ["sign", "--key", OP, "--aud", "x"], ["--content FILE", "--name NAME"]],
  [2, ["sign", "--key", OP, "--aud", "x", "--name", "n", "--value", "much"], ["--value takes a number, not much"]],
  [2, ["sign", "--key", OP, "--aud", "x", "--act", "dance"], ["--act takes telemetry", 'not "dance"']],
  [2, ["sign", "--key", OP, "--aud", "x", "--content", "junk.json"], ["junk.json is not JSON"]],
  [
    2,
    ["sign", "--key", OP, "--aud", "historian", "--name", "flow", "--value", "1"],
    ["nothing is signed", "identity.malformed_claims", "aud is not one absolute URI"],
  ],
  [
    2,
    ["sign", "--key", OP, "--aud", "https://plant.example/", "--name", "flow rate", "--value", "1"],
    ["the counter stands where it stood", "identity.readings_refused", "has a name that is empty, too long"],
  ],
  [2, ["sign", "--key", OP, "--aud", "x", "--present", "none.vc"], ["none.vc", "no such file"]],
  [
    2,
    ["sign", "--key", OP, "--aud", "x", "--name", "n", "--value", "1", "--state", "no-roots.json"],
    ["no-roots.json", "--state"],
  ],
  [
    2,
    [
      "credential",
      "--issuer",
      OP,
      "--device",
      "pump",
      "--vendor",
      "v",
      "--class",
      "c",
      "--measurements",
      "m",
      "--audiences",
      "x",
      "--out",
      "vc",
    ],
    ["--device", "not pump"],
  ],
  [2, ["submit"], ["name the file"]],
  [2, ["submit", "none"], ["none", "no such file", "nothing was taken"]],
  [2, ["submit", "empty"], ["empty holds no message", "assay sign"]],
  [2, ["submit", "empty", "--url", "plant"], ["--url", "not plant"]],
  [3, ["submit", "jws", "--url", "http://127.0.0.1:1"], ["http://127.0.0.1:1", "assay run", "nothing was taken"]],
  [2, ["submit", "junk.json"], ["junk.json: message 1 is no JWS", "nothing was taken"]],
  [2, ["submit", "no-jws"], ["no-jws: message 1 is no JWS (header: ", "nothing was taken"]],
  [2, ["submit", "plant/bundle.dsse"], ["plant/bundle.dsse: message 1 is no JWS"]],
  [3, ["submit", "jws", "--wait", "--timeout", "1", "--url", "http://127.0.0.1:2"], ["did not become ready in time"]],
  [2, ["submit", "jws", "--wait", "--timeout", "soon"], ["--timeout takes a whole number from 1 to 240, not soon"]],
  [2, ["tail", "nothing"], ["assay tail takes submitted", "audit", 'not "nothing"']],
  [2, ["tail"], ["assay tail takes submitted"]],
  [2, ["tail", "verfied"], ['not "verfied" (did you mean verified?)']],
  [2, ["topics", "plna"], ['assay topics takes plan, apply, strimzi or grow, not "plna" (did you mean plan?)']],
  [2, ["schemas", "chek"], ['not "chek" (did you mean check?)']],
  [2, ["read-model", "shwo"], ['not "shwo" (did you mean show?)']],
  [2, ["quarantine", "relase"], ['not "relase" (did you mean release?)']],
  [2, ["bundle", "activte"], ['not "activte" (did you mean activate?)']],
  [2, ["run", "--service", "identity-resolvr"], ["--service takes", "(did you mean identity-resolver?)"]],
  [2, ["run", "--topology", "stagd"], ['--topology takes chained or staged, not "stagd" (did you mean staged?)']],
  [2, ["demo", "--topology", "chaned"], ["(did you mean chained?)"]],
  [2, ["export", "--to", "-", "--outcome", "verifed"], ["(did you mean verified?)"]],
  [2, ["tail", "audit"], ["no Assay data directory at data", "--data DIR"]],
  [2, ["explain", "--code", "identity.replayd"], ["did you mean identity.replayed?", "docs/guides/reasons.md"]],
  [2, ["explain", "0/0/1", "--code", "identity.replayed"], ["not both"]],
  [2, ["explain", "0/0/1", "--data", "other"], ["other", "format 99", "this version reads format 10"]],
  [2, ["explain", "0/0/1", "--data", "old"], ["old was written by Assay 0.1", "start this version on a new directory"]],
  [2, ["device", "pump"], ["did:key:"]],
  [2, ["replay", "--data", "nowhere", ...ROOTS], ["nowhere", "assay run"]],
  [2, ["quarantine", "burn"], ["list, release, add, revoke"]],
  [2, ["quarantine", "add"], ["name the device"]],
  [2, ["quarantine", "add", "did:key:z"], ["--keys FILE[,FILE] is needed"]],
  [2, ["quarantine", "add", "did:key:z", "--keys", "none.json", "--aud", "x"], ["none.json is no key file"]],
  [2, ["bundle", "burn"], ["check, sign, show", '"burn"']],
  [2, ["bundle", "check", "none"], ["none", "no such file"]],
  [2, ["bundle", "check", "plant/policy.yaml"], ["plant/policy.yaml", "not JSON"]],
  [2, ["bundle", "check", "bundle.json"], ["bundle.json:", "maxAssurance"]],
  [2, ["bundle", "sign", "bundle.json", "--keys", OP, "--out", "signed"], ["bundle.json:", "maxAssurance"]],
  [
    2,
    ["bundle", "activate", "plant/policy.dsse", ...ROOTS],
    ["plant/policy.dsse", "it holds a policy: use assay policy"],
  ],
  [2, ["bundle", "activate", "plant/bundle.json", ...ROOTS], ["plant/bundle.json", "assay bundle sign"]],
  [2, ["policy", "check", "policy.yaml"], ["policy.yaml:16:", "fields", "from"]],
  [2, ["policy", "show", "plant/policy.dsse", "--roots", "none.json"], ["none.json"]],
  [
    3,
    ["policy", "activate", "plant/policy.dsse", ...ROOTS, "--url", "http://127.0.0.1:1"],
    ["no node answers", "assay run"],
  ],
  [
    3,
    ["policy", "activate", "plant/policy.dsse", ...ROOTS, "--wait", "--timeout", "1", "--url", "http://127.0.0.1:2"],
    ["waiting for the node at http://127.0.0.1:2", "did not become ready in time: no answer (ECONNREFUSED)"],
  ],
  [0, ["policy", "check", "plant/policy.yaml"], []],
  [0, ["bundle", "check", "plant/bundle.json"], []],
  [0, ["--help"], []],
  [0, ["run", "--help"], []],
  [0, ["help"], []],
]

describe("a wrong call", () => {
  it("gives its exit code and says what to do", { timeout: STEP_MS }, async () => {
    for (const [code, args, says] of CALLS) {
      const done = await call(args)
      expect({ args, code: done.code, err: done.err }).toMatchObject({ args, code })
      for (const words of says) expect(done.err, args.join(" ")).toContain(words)
      if (code === 0) expect(done.err).toBe("")
      expect(done.err, args.join(" ")).not.toMatch(/\n {4}at /) // no stack traces
    }
    expect(existsSync(join(cwd, "signed"))).toBe(false)
  })

  it("is how the process ends, too", { timeout: STEP_MS }, async () => {
    for (const args of [
      ["dance"],
      ["submit", "jws", "--url", "http://127.0.0.1:1"],
      ["policy", "check", "plant/policy.yaml"],
    ])
      expect(await assayProcess(args, { cwd }), args.join(" ")).toEqual(await call(args))
  })
})

describe("help and version", () => {
  it("are the same by either way of asking", { timeout: STEP_MS }, async () => {
    const [asked, option, version] = await Promise.all([
      call(["help", "submit"]),
      call(["submit", "--help"]),
      assayProcess(["--version"], { cwd }),
    ])
    expect(asked).toMatchObject({ code: 0, err: "", out: expect.stringContaining("assay submit FILE|-") })
    expect(option).toEqual(asked)
    expect(version).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^assay \d+\.\d+\.\d+, node 2\d\.\d+\.\d+\n$/),
    })
  })

  it("takes the node, the data and the roots from the environment", { timeout: STEP_MS }, async () => {
    const done = await call(["submit", "jws"], { ASSAY_URL: "http://127.0.0.1:2" })
    expect(done).toMatchObject({ code: 3, err: expect.stringContaining("no node answers at http://127.0.0.1:2") })
    const replayed = await call(["replay"], { ASSAY_DATA: "nowhere", ASSAY_ROOTS: "plant/roots.json" })
    expect(replayed).toMatchObject({ code: 2, err: expect.stringContaining("no Assay data directory at nowhere") })
  })
})

describe("assay init", () => {
  it("keeps what it makes out of git, and leaves what was there alone", { timeout: STEP_MS }, async () => {
    expect(readFileSync(join(cwd, "plant/.gitignore"), "utf8")).toBe("*\n")
    mkdirSync(join(cwd, "mine"))
    expect(await call(["init", "mine"])).toMatchObject({ code: 0 })
    expect(existsSync(join(cwd, "mine/.gitignore"))).toBe(false)
    expect(readFileSync(join(cwd, "mine/keys/.gitignore"), "utf8")).toBe("*\n")
  })

  it("says what comes next on the log that there is", { timeout: STEP_MS }, async () => {
    const embedded = await call(["init", "plant-a"])
    expect(embedded.out).toContain("Next: assay run --data plant-a/data --roots plant-a/roots.json\n")
    expect(embedded.out).not.toContain("topics")
    const kafka = await call(["init", "plant-b"], { LOG: "kafka" })
    expect(kafka.out).toContain("assay topics apply")
    expect(kafka.out).toContain("--service NAME --roots plant-b/roots.json")
    expect(kafka.out).not.toContain("plant-b/data")
  })
})

/** Every key of a node's configuration, wrong; and every file that it names. */
const STARTS: ReadonlyArray<
  readonly [env: Readonly<Record<string, string>>, args: ReadonlyArray<string>, says: ReadonlyArray<string>]
> = [
  [{ ASSAY_HTTP_PORT: "99999" }, ROOTS, ["ASSAY_HTTP_PORT", '"99999"', "65535"]],
  [{ ASSAY_HTTP_PORT: "http" }, ROOTS, ["ASSAY_HTTP_PORT", '"http"']],
  [{ ASSAY_TOPOLOGY: "both" }, ROOTS, ["ASSAY_TOPOLOGY", '"both"', "chained"]],
  [{ ASSAY_TICK_MS: "0" }, ROOTS, ["ASSAY_TICK_MS", '"0"']],
  [{ ASSAY_BATCH_RECORDS: "1.5" }, ROOTS, ["ASSAY_BATCH_RECORDS", '"1.5"']],
  [
    { ASSAY_HTTP_TOKEN: "secret" },
    ROOTS,
    ["ASSAY_HTTP_TOKEN is no setting (did you mean ASSAY_HTTP_TOKENS?)", "ASSAY_HTTP_TOKENS"],
  ],
  [{ ASSAY_HTTP_TOKENS: "gw:submit:secret" }, ROOTS, ["ASSAY_HTTP_TOKENS", "entry 1"]],
  [{ ASSAY_HTTP_HOST: "0.0.0.0" }, ROOTS, ["ASSAY_HTTP_HOST is 0.0.0.0", "ASSAY_HTTP_TOKENS"]],
  [{ ASSAY_HTTP_TLS_CERT: "pem" }, ROOTS, ["ASSAY_HTTP_TLS_KEY", "set both"]],
  [{ ASSAY_HTTP_TLS_CERT: "none.pem", ASSAY_HTTP_TLS_KEY: "pem" }, ROOTS, ["ASSAY_HTTP_TLS_CERT", "none.pem"]],
  [{ ASSAY_HTTP_TLS_CERT: "pem", ASSAY_HTTP_TLS_KEY: "pem" }, ROOTS, ["ASSAY_HTTP_TLS_CERT", '"pem"']],
  [{ ASSAY_HTTP_TLS_RIGHTS: "gw=submit" }, ROOTS, ["ASSAY_HTTP_TLS_RIGHTS", "ASSAY_HTTP_TLS_CA"]],
  [{ ASSAY_HTTP_TLS_RIGHTS: "gw=fly" }, ROOTS, ["ASSAY_HTTP_TLS_RIGHTS", "gw=fly"]],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector" }, ROOTS, ["OTEL_EXPORTER_OTLP_ENDPOINT", '"collector"']],
  [{}, ["--roots", "none.json"], ["none.json", "assay init"]],
  [{}, ["--roots", "junk.json"], ["junk.json"]],
  [{}, ["--roots", "no-roots.json"], ["no-roots.json", '"roots"']],
  [{}, ["--roots", "bad-root.json"], ["bad-root.json", '"roots"', "did:key:zzz"]],
  [{}, ["--roots", "high-roots.json"], ["high-roots.json", '"threshold"', "1 to 3"]],
  [{}, [...ROOTS, "--partitions", "0"], ["--partitions", "not 0"]],
  [{}, [...ROOTS, "--service", "sealer"], ["--service", '"sealer"', "integrity-hasher"]],
  [{}, [...ROOTS, "--topology", "both"], ["--topology", '"both"']],
  [{}, [...ROOTS, "--topology", "chained", "--service", "credential-checker"], ["--service credential-checker"]],
  [{ LOG: "files" }, ROOTS, ["LOG", '"files"', "embedded"]],
  [{ LOG: "kafka" }, ROOTS, ["KAFKA_BROKERS"]],
  [{ LOG: "kafka", KAFKA_BROKERS: "127.0.0.1:1", KAFKA_BROKER: "x" }, ROOTS, ["KAFKA_BROKER is no setting"]],
  [{ LOG: "kafka", KAFKA_BROKERS: "192.0.2.1:9092" }, ROOTS, ["KAFKA_BROKERS", "KAFKA_SASL_MECHANISM"]],
]

describe("a node that is not configured right", () => {
  it("names the key or file, ends with 2, and leaves no data directory", { timeout: STEP_MS }, async () => {
    for (const [env, args, says] of STARTS) {
      const done = await call(["run", "--data", "fresh", ...args], { ASSAY_HTTP_PORT: "0", ...env })
      expect({ env, args, ...done }).toMatchObject({ code: 2, out: "" })
      for (const words of says) expect(done.err, JSON.stringify(env)).toContain(words)
    }
    expect(existsSync(join(cwd, "fresh"))).toBe(false)
  })

  it("says where no data directory can be", { timeout: STEP_MS }, async () => {
    const file = await call(["run", "--data", "empty", ...ROOTS], { ASSAY_HTTP_PORT: "0" })
    expect(file).toMatchObject({ code: 2, err: expect.stringContaining("empty is a file") })
    const below = await call(["run", "--data", "empty/data", ...ROOTS], { ASSAY_HTTP_PORT: "0" })
    expect(below).toMatchObject({
      code: 2,
      err: expect.stringContaining("no data directory can be made at empty/data"),
    })
  })

  it("refuses roots inside the data directory, also behind a link", { timeout: STEP_MS }, async () => {
    for (const roots of ["inside/roots.json", "linked-roots.json"]) {
      const done = await call(["run", "--data", "inside", "--roots", roots], { ASSAY_HTTP_PORT: "0" })
      expect(done).toMatchObject({
        code: 2,
        err: expect.stringContaining(`${roots} lies inside the data directory inside`),
      })
    }
    expect(existsSync(join(cwd, "inside/assay.json"))).toBe(false)
  })

  it("refuses a data directory of 0.1, and leaves it as it is", { timeout: STEP_MS }, async () => {
    const before = readFileSync(join(cwd, "old/assay.json"), "utf8")
    const done = await call(["run", "--data", "old", ...ROOTS], { ASSAY_HTTP_PORT: "0" })
    expect(done).toMatchObject({ code: 2, out: "", err: expect.stringContaining("written by Assay 0.1") })
    expect(readFileSync(join(cwd, "old/assay.json"), "utf8")).toBe(before)
    expect(existsSync(join(cwd, "old/p000"))).toBe(false)
  })

  it("refuses a data directory of another format, and leaves it as it is", { timeout: STEP_MS }, async () => {
    const done = await call(["run", "--data", "other", ...ROOTS], { ASSAY_HTTP_PORT: "0" })
    expect(done).toMatchObject({ code: 2, err: expect.stringContaining("open it with the version that wrote it") })
    expect(readFileSync(join(cwd, "other/assay.json"), "utf8")).toBe('{"format":99}')
    expect(existsSync(join(cwd, "other/p000"))).toBe(false)
  })

  it("says which port is taken, and starts nothing", { timeout: STEP_MS }, async () => {
    const other = createServer()
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port))
    })
    try {
      const done = await call(["run", "--data", "fresh", ...ROOTS], { ASSAY_HTTP_PORT: String(port) })
      expect(done).toMatchObject({ code: 3, err: expect.stringContaining(`port ${port} of 127.0.0.1 is taken`) })
      expect(existsSync(join(cwd, "fresh"))).toBe(false)
      const doctored = await call(["doctor", "--data", "fresh", ...ROOTS, "--json"], { ASSAY_HTTP_PORT: String(port) })
      expect(doctored.code).toBe(1)
      const { findings } = JSON.parse(doctored.out) as { findings: ReadonlyArray<{ check: string; state: string }> }
      expect(findings.filter(({ state }) => state === "fail").map(({ check }) => check)).toEqual(["port"])
      expect(existsSync(join(cwd, "fresh"))).toBe(false)
    } finally {
      other.close()
    }
  })

  it("shows doctor everything at once", { timeout: STEP_MS }, async () => {
    const done = await call(["doctor", "--data", "other", "--roots", "bad-root.json"], { ASSAY_HTTP_PORT: "x" })
    expect(done).toMatchObject({ code: 1, err: "" })
    expect(done.out).toMatch(
      /FAIL {2}configuration .*ASSAY_HTTP_PORT[\s\S]*FAIL {2}roots .*did:key:zzz[\s\S]*FAIL {2}data .*format 99/,
    )
  })
})
