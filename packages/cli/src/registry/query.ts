/** `assay registry query`: asks a registry of the bundle, and authorities behind it, and signs what they answered as an item of knowledge. */
import { dsseSignWith, dsseVerify } from "@assay/jose"
import { BUNDLE, readRegistry, TRUST_REGISTRY_TYPE } from "@assay/knowledge"
import { type Answered, askAll, getter, nameOfQuestion, saidIn } from "@assay/resolver"
import type { RegistryAnswers, TrustBundle, TrustedRegistry } from "@assay/trust"
import { allowedHosts } from "../allowed-hosts.ts"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput, writeOutput } from "../files.ts"
import { openKey } from "../keys.ts"
import { readKnowledgeFile } from "../knowledge-file.ts"
import type { Output } from "../output.ts"
import { questionsFor, throughOf, type Wanted, wordsOf } from "./questions.ts"
import { readRootsOf } from "./roots-of.ts"

export const bundleOf = (given: Arguments): TrustBundle =>
  readKnowledgeFile(BUNDLE, given.required("bundle"), () => readRootsOf(given)).active.body as TrustBundle

const registryIn = ({ registries = [] }: TrustBundle, authority: string | null): TrustedRegistry => {
  const found =
    authority === null && registries.length === 1
      ? registries[0]
      : registries.find((one) => one.authority === authority)
  if (found !== undefined) return found
  const named = registries.map((one) => one.authority).join(", ") || "none"
  throw new UsageError(`name a registry of the bundle with --authority: it has ${named}`)
}

const wantedOf = (given: Arguments, { scope }: TrustedRegistry): Wanted => {
  const types = wordsOf(given, "types")
  const asked = types.length > 0 ? types : scope.credentialTypes.filter((type) => type !== "*")
  if (asked.length === 0)
    throw new UsageError("name the types of credentials with --types: the bundle's scope has all of them")
  const issuers = wordsOf(given, "issuers")
  if (issuers.length === 0) throw new UsageError("name the DIDs of issuers with --issuers")
  return { types: asked, issuers, through: throughOf(given) }
}

const ask = (given: Arguments, registry: TrustedRegistry, wanted: Wanted): Promise<Answered> => {
  const ca = given.text("ca")
  const get = getter({ hosts: allowedHosts(given), ...(ca === null ? {} : { ca: readInput(ca, "the authorities") }) })
  return askAll({ get, now: Date.now, maxAgeMs: registry.maxAgeMs }, questionsFor(registry, wanted))
}

/** The item that another resolver made, whose payload this one signs too. @throws UsageError where it heard something else */
const payloadOf = (path: string, bundle: TrustBundle, body: RegistryAnswers): Uint8Array => {
  const opened = dsseVerify(readInput(path, "the item"), TRUST_REGISTRY_TYPE, {
    roots: bundle.resolvers?.dids ?? [],
    threshold: 1,
  })
  if ("reason" in opened) throw new UsageError(`${path}: no resolver of the bundle signed it: ${opened.detail}`)
  const theirs = readRegistry(opened.payload)
  if ("problem" in theirs) throw new UsageError(`${path}: ${theirs.problem}`)
  const { authority, framework, answers, checked } = theirs.body
  if (authority !== body.authority || framework !== body.framework || saidIn(answers) !== saidIn(body.answers))
    throw new UsageError(`${path} says other answers than the registry gives here: it is not signed`)
  if (Math.abs(checked - body.checked) > 600_000)
    throw new UsageError(`${path} was made more than ten minutes ago: make it anew`)
  return opened.payload
}

const merged = (mine: Uint8Array, theirs: Uint8Array | null): Uint8Array => {
  if (theirs === null) return mine
  const [own, other] = [mine, theirs].map((bytes) => JSON.parse(Buffer.from(bytes).toString("utf8")))
  return Buffer.from(JSON.stringify({ ...own, signatures: [...other.signatures, ...own.signatures] }))
}

export const query = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const bundle = bundleOf(given)
  const registry = registryIn(bundle, given.text("authority"))
  const { answers, unanswered: left } = await ask(given, registry, wantedOf(given, registry))
  const unanswered = left.map(({ question, reason, detail }) => `${nameOfQuestion(question)}: ${reason}: ${detail}`)
  for (const line of unanswered) output.progress(line)
  if (answers.length === 0) {
    output.result({ answers: 0, unanswered }, () => output.say("the registry answered nothing: no item was made"))
    return EXIT.failed
  }
  const checked = Date.now()
  const body: RegistryAnswers = {
    authority: registry.authority,
    framework: registry.framework,
    checked,
    expires: checked + registry.maxAgeMs,
    answers,
  }
  const before = given.text("with")
  const payload = before === null ? Buffer.from(JSON.stringify(body)) : payloadOf(before, bundle, body)
  const key = await openKey(given.required("key"))
  try {
    const signed = await dsseSignWith(TRUST_REGISTRY_TYPE, payload, [key])
    writeOutput(given.required("out"), merged(signed, before === null ? null : readInput(before, "the item")))
  } finally {
    await key.close()
  }
  const holding = answers.filter(({ holds }) => holds).length
  output.result({ answers: answers.length, holding, unanswered, out: given.required("out") }, () => {
    output.say(
      `${answers.length} answers of ${registry.authority}, ${holding} of them yes, in ${given.required("out")}`,
    )
    if (registry.resolvers > (before === null ? 1 : 2))
      output.say(`${registry.resolvers} resolvers sign: the next one gives it as --with FILE`)
  })
  return EXIT.ok
}
