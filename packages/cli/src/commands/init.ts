/** `assay init DIR`: a first deployment to play with: keys, roots, a signed bundle and a signed policy. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { dsseSignWith } from "@assay/jose"
import { BUNDLE, BUNDLE_TYPE, type KnowledgeKind, POLICY, POLICY_PAYLOAD_TYPE, parseBundle } from "@assay/knowledge"
import { formatProblem, parsePolicy } from "@assay/segmentation"
import { COMMAND, DEFAULT_DATA_DIR, LOG, processEnvironment, textOf } from "@assay/settings"
import { parsePkcs11Uri, withLabel } from "@assay/signing"
import { ACTIONS, OPERATOR_RIGHTS } from "@assay/trust"
import { type Command, EXIT, type Option, UsageError } from "../command.ts"
import { generateKey, withKeys, writeKey, writeReference } from "../keys.ts"

/** Under the name that other commands look for. */
export const ROOTS_FILE = COMMAND.roots.fallback

const DAY_MS = 86_400_000
const NAMES = ["root-1", "root-2", "root-3", "issuer", "operator-1", "operator-2"] as const

const instant = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z")

const policyText = (domain: string, vendor: string, now: number): string => `kind: assay/segmentation/v1
version: 1
issued: ${instant(now)}
expires: ${instant(now + 365 * DAY_MS)}

zones:
  - { id: field, securityLevel: 2 }
  - { id: operations, securityLevel: 2, audiences: ["${domain}historian/*"] }
  - { id: control, securityLevel: 3, audiences: ["${domain}control/*"] }

assignments:
  - { zone: field, vendor: ${vendor} }

conduits:
  - id: field-to-historian
    from: field
    to: operations
    actions: [telemetry, event]
    owner: operations
    reason: the historian records what the field measures

lateral: { zones: 3, window: 10m }
`

/** What init hands out must be what a node accepts. @throws Error with every problem: then it is init that is broken */
const checked = (bundle: Buffer, policy: string, at: number): void => {
  const parsed = parseBundle(bundle)
  const { policy: read, problems } = parsePolicy(policy, { file: "policy.yaml", at })
  const wrong = [
    ...("errors" in parsed ? parsed.errors.map(({ path, message }) => `bundle.json: ${path}: ${message}`) : []),
    ...(read === null ? problems.map(formatProblem) : []),
  ]
  if (wrong.length > 0) throw new Error(`init would write what a node refuses:\n${wrong.join("\n")}`)
}

const nextSteps = (dir: string, kafka: boolean): ReadonlyArray<string> => {
  const roots = `--roots ${join(dir, ROOTS_FILE)}`
  const activate = MADE.map(({ name }) => `then: assay ${name} activate ${join(dir, `${name}.dsse`)} ${roots} --wait`)
  return kafka
    ? [
        "Next: assay topics apply, where the log has not begun; with a schema registry assay schemas apply",
        `then: assay run --service NAME ${roots} for each of the five services, integrity-hasher with --data ${join(dir, "seal")},`,
        `      or all in one: assay run --topology chained ${roots} --data ${join(dir, "seal")}`,
        ...activate,
      ]
    : [
        `Next: assay run --data ${join(dir, DEFAULT_DATA_DIR)} ${roots}`,
        ...activate,
        `or all of these at once: assay up ${dir}`,
      ]
}

/** `assay up` takes the same. */
export const INIT_OPTIONS: Readonly<Record<string, Option>> = {
  domain: {
    type: "string",
    value: "URI",
    default: "https://plant.example/",
    help: "the trust domain, with a slash at its end",
  },
  vendor: { type: "string", value: "NAME", default: "acme", help: "the vendor whose devices the issuer vouches for" },
}

/** The kinds of knowledge without which nothing is verified: made here, activated by `assay up`. */
export const MADE: ReadonlyArray<KnowledgeKind> = [BUNDLE, POLICY]

/** Whether `init` has made this directory already. */
export const isInitialised = (dir: string): boolean => existsSync(join(dir, ROOTS_FILE))

export const init: Command = {
  name: "init",
  summary: "make keys, roots, a signed trust bundle and a signed policy to start with",
  usage: "init DIR [--domain URI] [--vendor NAME] [--pkcs11 URI]",
  details: `For a first try on one machine: in production, each root and operator keeps its own key apart. With --pkcs11 the keys are made
in a token, under the labels ${NAMES.join(", ")}, and never leave it.
git ignores what it makes: private keys are among it. assay up DIR does this, starts a node and activates both.`,
  takes: 1,
  options: {
    ...INIT_OPTIONS,
    pkcs11: {
      type: "string",
      value: "URI",
      help: "make the keys in this token (RFC 7512); keys/ then says where they lie",
    },
  },
  run: async (given, output) => {
    const dir = given.positionals[0]
    if (dir === undefined) throw new UsageError("name the directory to make: assay init my-plant")
    const domain = given.required("domain")
    if (!/^https:\/\/[^/]+\/$/.test(domain))
      throw new UsageError(`--domain must look like https://plant.example/, not ${domain}`)
    if (isInitialised(dir)) throw new UsageError(`${dir} is initialised already; nothing was changed`)
    const uri = given.text("pkcs11")
    if (uri !== null) parsePkcs11Uri(withLabel(uri, NAMES[0]))
    const isNew = !existsSync(dir)
    mkdirSync(join(dir, "keys"), { recursive: true, mode: 0o700 })
    // Private keys never belong into a repository. A directory that was there may hold what does.
    writeFileSync(join(isNew ? dir : join(dir, "keys"), ".gitignore"), "*\n")
    const did: Record<string, string> = {}
    for (const name of NAMES) {
      const path = join(dir, "keys", `${name}.json`)
      did[name] =
        uri === null
          ? writeKey(path, generateKey("Ed25519"), "key")
          : await writeReference(path, withLabel(uri, name), "Ed25519", "key")
    }
    const now = Date.now()
    const vendor = given.required("vendor")
    writeFileSync(
      join(dir, ROOTS_FILE),
      `${JSON.stringify({ roots: [did["root-1"], did["root-2"], did["root-3"]], threshold: 2 }, null, 2)}\n`,
    )
    const bundle = {
      version: 1,
      issued: now,
      expires: now + 365 * DAY_MS,
      trustDomain: domain,
      issuers: [
        {
          did: did["issuer"],
          credentialTypes: ["AssayDeviceCredential"],
          vendors: [vendor],
          measurements: ["*"],
          actions: ACTIONS,
          maxAssurance: "software",
        },
      ],
      operators: [did["operator-1"], did["operator-2"]].map((operator) => ({ did: operator, rights: OPERATOR_RIGHTS })),
      thresholds: { quarantine: 1, release: 2, revoke: 2, "breaker-override": 2 },
      statusLists: [],
      firmware: [],
      minimumSvn: {},
      nextRoots: null,
    }
    const policy = policyText(domain, vendor, now)
    const bundleBytes = Buffer.from(`${JSON.stringify(bundle, null, 2)}\n`)
    checked(bundleBytes, policy, now)
    writeFileSync(join(dir, "bundle.json"), bundleBytes)
    writeFileSync(join(dir, "policy.yaml"), policy)
    const roots = ["root-1", "root-2"].map((name) => join(dir, "keys", `${name}.json`))
    await withKeys(roots, async (signers) => {
      writeFileSync(join(dir, "bundle.dsse"), await dsseSignWith(BUNDLE_TYPE, bundleBytes, signers))
      writeFileSync(join(dir, "policy.dsse"), await dsseSignWith(POLICY_PAYLOAD_TYPE, Buffer.from(policy), signers))
    })
    output.result({ dir, domain, vendor, keys: did }, () => {
      output.say(
        `${dir} holds roots.json, keys/, bundle.json and policy.yaml, and both signed (bundle.dsse, policy.dsse).`,
      )
      for (const line of nextSteps(dir, textOf(LOG.engine, processEnvironment()) === "kafka")) output.say(line)
    })
    return EXIT.ok
  },
}
