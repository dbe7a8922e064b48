/** `assay did`: makes, updates and checks the log of a did:webvh. Nothing is published: that is done with the files. */
import { existsSync, writeFileSync } from "node:fs"
import { keyIdOfDid, resolveDeviceKey } from "@assay/did"
import { type DocumentFailure, keysOf, locate, verifyWebvh, type WebvhDocument } from "@assay/did-document"
import { appendWebvh, commitTo, commitToMultikey, createWebvh, multikeyOfKey } from "@assay/did-document/write"
import { type JsonObject, parseStrictObject } from "@assay/jose"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { readKey } from "../keys.ts"
import type { Output } from "../output.ts"

/** The name and the multikey of each `NAME=KEY`, where KEY is a key file or a did:key. */
const listedKeys = (given: Arguments): ReadonlyArray<readonly [name: string, multikey: string]> =>
  given
    .required("device")
    .split(",")
    .map((text) => {
      const [, name, key] = /^([A-Za-z0-9._-]{1,64})=(.+)$/.exec(text) ?? []
      if (name === undefined) throw new UsageError(`--device takes NAME=KEY, and not ${JSON.stringify(text)}`)
      return [name, multikeyOf(key!)] as const
    })

/** Of a did:key, or of the key in a file. */
const multikeyOf = (text: string): string => {
  const did = text.startsWith("did:key:") ? text : keyIdOfDid(readKey(text).did)
  const key = resolveDeviceKey(did)
  if ("reason" in key) throw new UsageError(`${text}: ${key.detail}`)
  return did.slice("did:key:".length)
}

const commitment = (text: string): string =>
  text.startsWith("did:key:") ? commitToMultikey(multikeyOf(text)) : commitTo(readKey(text).key)

const documentOf = (did: string, keys: ReadonlyArray<readonly [name: string, multikey: string]>): JsonObject => ({
  "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
  id: did,
  verificationMethod: keys.map(([name, multikey]) => ({
    id: `${did}#${name}`,
    type: "Multikey",
    controller: did,
    publicKeyMultibase: multikey,
  })),
  assertionMethod: keys.map(([name]) => `${did}#${name}`),
  authentication: keys.map(([name]) => `${did}#${name}`),
})

/** The update key signs this version, and what it commits to signs the next one. */
const parametersOf = (given: Arguments): JsonObject => {
  const next = given.text("next")
  return {
    updateKeys: [multikeyOfKey(readKey(given.required("key")).key)],
    nextKeyHashes: next === null ? [] : [commitment(next)],
  }
}

const create = (given: Arguments, output: Output): ExitCode => {
  const out = given.required("out")
  if (existsSync(out)) throw new UsageError(`${out} is there already: assay did update adds a version to it`)
  const host = given.required("host").split("/").join(":")
  const { key } = readKey(given.required("key"))
  const state = documentOf(`did:webvh:{SCID}:${host}`, listedKeys(given))
  const { did, log } = createWebvh({ time: Date.now(), parameters: parametersOf(given), state, key })
  const location = locate(did)
  if ("reason" in location) throw new UsageError(`--host: ${location.detail}`)
  checkedLog(did, log, null)
  writeFileSync(out, log, { flag: "wx" })
  const url = `https://${location.host}${location.path}`
  output.result({ did, file: out, url }, () => {
    output.say(did)
    output.progress(`publish ${out} as ${url}`)
  })
  return EXIT.ok
}

/** Whose log it is, and when its last version was made (milliseconds since 1970). @throws UsageError */
const lastOf = (log: string): { readonly did: string; readonly time: number } => {
  const read = parseStrictObject(Buffer.from(log.trimEnd().split("\n").at(-1) ?? ""))
  const { state, versionTime } = "reason" in read ? {} : (read.value as { state?: JsonObject; versionTime?: string })
  const [did, time] = [state?.["id"], Date.parse(String(versionTime))]
  if (typeof did !== "string" || Number.isNaN(time)) throw new UsageError("the file is no log of a did:webvh")
  return { did, time }
}

const refusal = ({ reason, detail }: DocumentFailure): UsageError =>
  new UsageError(`it would be refused (${reason}): ${detail}`)

/** @throws UsageError where a rule of the method is broken */
const checkedLog = (did: string, log: string, witness: Uint8Array | null): WebvhDocument => {
  const found = verifyWebvh({ did, log: Buffer.from(log), witness, at: Date.now() })
  if ("reason" in found) throw refusal(found)
  return found
}

const update = (given: Arguments, file: string, output: Output): ExitCode => {
  const log = readInput(file, "the log").toString("utf8")
  const { did, time: last } = lastOf(log)
  // Whole seconds, each later than the one before.
  const time = Math.max(Date.now(), last + 1_000)
  const { key } = readKey(given.required("key"))
  const state = documentOf(did, listedKeys(given))
  const ends = given.flag("deactivate") ? { deactivated: true } : {}
  const next = appendWebvh(log, { time, parameters: { ...parametersOf(given), ...ends }, state, key })
  const found = verifyWebvh({ did, log: Buffer.from(next), witness: null, at: Date.now() })
  const isRefused = "reason" in found && found.reason !== "witness"
  if (isRefused) throw refusal(found)
  writeFileSync(file, next)
  const version = next.trimEnd().split("\n").length
  output.result({ did, version, file }, () => {
    output.say(`${did}: version ${version}`)
    // They approve what is written, so this is the order of the method.
    if ("reason" in found) output.progress("have its witnesses approve it, and publish did-witness.json before the log")
  })
  return EXIT.ok
}

const check = (given: Arguments, file: string, output: Output): ExitCode => {
  const log = readInput(file, "the log").toString("utf8")
  const did = given.text("did") ?? lastOf(log).did
  const witness = given.text("witness")
  const { versions, document, names, deactivated } = checkedLog(
    did,
    log,
    witness === null ? null : readInput(witness, "the proofs of witnesses"),
  )
  const keys = keysOf(document, new Set(names))
  if ("reason" in keys) throw new UsageError(`its keys would be refused: ${keys.detail}`)
  const { versionId } = versions.at(-1)!
  const listed = keys.map(({ fragment, alg, assertion, authentication }) => ({
    fragment,
    alg,
    assertion,
    authentication,
  }))
  output.result({ did, versionId, deactivated, keys: listed }, () => {
    output.say(`${did}: version ${versionId}${deactivated ? ", deactivated" : ""}`)
    for (const { fragment, alg } of listed) output.say(`  #${fragment}: ${alg}`)
  })
  return EXIT.ok
}

export const did: Command = {
  name: "did",
  summary: "make, update or check the log of a did:webvh",
  usage:
    "did new --host HOST[/PATH] --key FILE --next KEY --device NAME=KEY[,...] --out FILE, did update FILE ..., did check FILE",
  details: `Writes did.jsonl; to publish it where the DID says is yours to do. The update key (--key, Ed25519) signs the version, and the
version commits to the key that signs the next one (--next: a key file, or a did:key whose private key lies elsewhere). --device
names the keys of the device, each a key file or a did:key. What a resolver would refuse is not written (exit code 2).`,
  takes: 2,
  options: {
    host: { type: "string", value: "HOST", help: "where it will be published, with a path after slashes" },
    key: { type: "string", value: "FILE", help: "the update key that signs this version" },
    next: {
      type: "string",
      value: "KEY",
      help: "the update key of the next version; without it there is no pre-rotation",
    },
    device: { type: "string", value: "NAME=KEY", help: "the keys that the document lists, with commas" },
    out: { type: "string", value: "FILE", help: "where the log goes" },
    deactivate: { type: "boolean", help: "end the DID with this version" },
    did: { type: "string", value: "DID", help: "check that the log is this DID's" },
    witness: { type: "string", value: "FILE", help: "did-witness.json, where the log names witnesses" },
  },
  run: async (given, output) => {
    const [verb, file] = given.positionals
    if (verb === "new" && file === undefined) return create(given, output)
    if (verb === "update" && file !== undefined) return update(given, file, output)
    if (verb === "check" && file !== undefined) return check(given, file, output)
    throw new UsageError("say what to do: assay did new ..., assay did update FILE ..., or assay did check FILE")
  },
}
