/** Signed knowledge and operators' commands. Bodies come from whoever may sign them; envelopes from anybody. */
import { World } from "@assay/fleet"
import { chainParts, KINDS, openCommand, openItem, openPart, POLICY } from "@assay/knowledge"
import { VERBS } from "@assay/trust"
import { type Target, text } from "../target.ts"
import { devices, NOW, world } from "../world.ts"
import { DID_ITEMS } from "./documents.ts"
import { listSeeds } from "./status-lists.ts"

const context = { roots: world.rootSet, bundle: null }

/** For each kind: its plain file, which an operator writes, and its envelope. */
const files: ReadonlyArray<Target> = Object.values(KINDS).flatMap((kind): ReadonlyArray<Target> => {
  const { plain } = kind
  if (plain === undefined) return []
  return [
    {
      name: `${kind.name}-file`,
      about: `${kind.title} as an operator writes it`,
      seeds: () => [
        ...(plain.start === undefined ? [] : [Buffer.from(plain.start(NOW * 1000))]),
        ...signedSeeds(kind.name),
      ],
      // YAML of 1 MB takes the library seconds; only an operator, or who has the roots' signatures, can send one.
      ...(kind === POLICY ? { slowMs: 3_000, maxBytes: 128 << 10 } : {}),
      check: (bytes) => {
        const { body, problems } = plain.read(bytes, { file: "file" })
        if (body === null && problems.length === 0) throw new Error("refused without a reason")
        if (problems.join("").length > 1 << 20) throw new Error("problems without a bound")
        return body !== null
      },
    },
  ]
})

const perAct = (value: number) => ({ telemetry: value, event: value, command: value, config: value, firmware: value })

const HARDWARE = new World({ seed: "fuzz hardware", now: NOW, hardware: true }).hardware!

/** Kinds that nobody begins with, as somebody would write them later. */
const LATER: Readonly<Record<string, unknown>> = {
  logic: { version: 1, logic: { identity: 1, credential: 1, integrity: 1, segmentation: 1, anomaly: 1 } },
  ...DID_ITEMS,
  cohort: {
    version: Math.floor(NOW / 60),
    vendor: "acme",
    class: "pump",
    from: (Math.floor(NOW / 60) - 10) * 60_000,
    to: Math.floor(NOW / 60) * 60_000,
    measurements: [{ name: "temperature", devices: 9, median: 20, spread: 1, moved: "up" }],
  },
  endorsements: HARDWARE.endorsements(),
  "reference-values": {
    ...HARDWARE.references(),
    firmware: new World({ seed: "fuzz firmware", now: NOW, maker: true }).firmware().firmware,
  },
  advisory: {
    version: 1,
    issued: NOW * 1000,
    expires: (NOW + 86_400) * 1000,
    id: "CVE-2030-1",
    vendor: "acme",
    title: "a hole",
    sources: [{ format: "osv", id: "GHSA-1", digest: "00".repeat(32) }],
    since: NOW * 1000,
    affected: [{ class: "pump", digest: "aa".repeat(32), status: "revoked" }],
  },
  delegation: {
    version: 1,
    issued: NOW * 1000,
    expires: (NOW + 86_400) * 1000,
    gateway: devices[0]!.did,
    devices: [{ name: "urn:dev:mac:0024befffe804ff1", vendor: "acme", class: "meter" }],
  },
  "trust-registry": {
    authority: "https://registry.example/",
    framework: "https://registry.example/framework/1",
    checked: NOW * 1000,
    expires: (NOW + 86_400) * 1000,
    answers: (["authorization", "recognition"] as const).map((query) => ({
      query,
      authority: "https://registry.example/",
      entity: devices[0]!.did,
      action: "issue",
      resource: "AssayDeviceCredential",
      level: "high",
      holds: true,
      evaluated: NOW * 1000,
      expires: (NOW + 3_600) * 1000,
    })),
  },
  epoch: {
    version: 2,
    partitions: 4,
    previous: {
      log: "assay-log:1:1790000000000",
      heads: [0, 1].map((partition) => ({ partition, next: 7, checkpoint: "log\n3\nAA==\n\n— log AA==\n" })),
    },
  },
  "passport-policy": {
    version: 3,
    issued: NOW * 1000,
    expires: (NOW + 86_400) * 1000,
    zone: "pumps",
    trustDomain: "https://plant.example/",
    policy: 7,
    signers: [devices[0]!.did],
    conduits: [
      {
        id: "control-commands",
        from: "control",
        to: "pumps",
        acts: ["command"],
        classes: ["acme/pump"],
        minTrust: 50,
        minAssurance: null,
        ratePerMinute: 6,
        window: null,
        expires: null,
      },
    ],
    limits: { passport: 3_600, skew: 60, messagePerAct: perAct(30), snapshotPerAct: perAct(3_600) },
  },
}

/** Status lists are signed by their issuer, in formats of their own. */
const SIGNED_LISTS = listSeeds(world.manufacturer)

const signedSeeds = (kind: string): ReadonlyArray<Buffer> => {
  if (kind === "status-list") return SIGNED_LISTS
  if (kind in LATER) return [Buffer.from(JSON.stringify(LATER[kind]))]
  const envelope = kind === "bundle" ? world.signedBundle : kind === "policy" ? world.signedPolicy : null
  if (envelope === null) return []
  const { payload } = JSON.parse(text(envelope)) as { payload: string }
  return [Buffer.from(payload, "base64")]
}

const envelope: Target = {
  name: "knowledge-envelope",
  about: "openItem: signed knowledge (DSSE), from anybody who may hand some in",
  seeds: () => [world.signedBundle, world.signedPolicy],
  check: (bytes) => {
    const all = Object.values(KINDS).map((kind) => openItem(kind, bytes, context))
    return all.some((opened) => !("reasons" in opened))
  },
}

const ISSUED = VERBS.map((verb, seq) =>
  world.command(world.operators[0]!, { verb, target: devices[0]!.did, seq }).bytes.toString(),
)

const command: Target = {
  name: "operator-command",
  about: "openCommand: an operator's token, from anybody who may hand one in",
  seeds: () => ISSUED.map((token) => Buffer.from(token)),
  check: (bytes) => {
    const { fact } = openCommand(text(bytes).split(" "), world.bundle, NOW * 1000, { epoch: 1, genesis: NOW * 1000 })
    const inputOf = (token: string): string => token.slice(0, token.lastIndexOf("."))
    if (
      fact.accepted &&
      !text(bytes)
        .split(" ")
        .every((one) => ISSUED.map(inputOf).includes(inputOf(one)))
    )
      throw new Error("accepted a command that no operator signed")
    return "what" in fact
  },
}

const revocation: Target = {
  name: "revocation-part",
  about: "openPart: a part of the list of a revocation, from anybody who may hand one in",
  seeds: () => {
    const decisions = Array.from({ length: 40 }, (_, n) => ({ offset: 3 * n, outcome: "verified", at: 2 * n }) as const)
    const total = { decisions: 40, devices: 1, partitions: 1 }
    return chainParts(1, [
      { devices: [devices[0]!.did], decisions: [], total: null },
      { devices: [], decisions, total },
    ]).openings.map((opening) => Buffer.from(opening))
  },
  check: (bytes) => {
    const part = openPart(text(bytes))
    const offsets = part?.decisions.map(({ offset }) => offset) ?? []
    if (offsets.some((offset, index) => index > 0 && offset <= offsets[index - 1]!)) throw new Error("not in order")
    return part !== null
  },
}

export const KNOWLEDGE: ReadonlyArray<Target> = [...files, envelope, command, revocation]
