/** Signed knowledge and operators' commands. Bodies come from whoever may sign them; envelopes from anybody. */
import { KINDS, openCommand, openItem, POLICY } from "@assay/knowledge"
import { VERBS } from "@assay/trust"
import { type Target, text } from "../target.ts"
import { devices, NOW, world } from "../world.ts"

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

/** A choice of logic versions has nothing to start from: nobody begins with one. */
const LOGIC_FILE = Buffer.from(
  JSON.stringify({
    version: 1,
    logic: { identity: 1, credential: 1, integrity: 1, segmentation: 1, anomaly: 1 },
  }),
)

const signedSeeds = (kind: string): ReadonlyArray<Buffer> => {
  if (kind === "logic") return [LOGIC_FILE]
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

export const KNOWLEDGE: ReadonlyArray<Target> = [...files, envelope, command]
