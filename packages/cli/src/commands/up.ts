/** `assay up DIR`: a deployment to try, in one process: what init, run and the two activations do, one after the other. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { BUNDLE, type KnowledgeKind } from "@assay/knowledge"
import { COMMAND, DEFAULT_DATA_DIR, LOG, processEnvironment } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import type { TrustBundle } from "@assay/trust"
import { type Arguments, type Command, type ExitCode, readArguments, UsageError } from "../command.ts"
import type { Output } from "../output.ts"
import { listenForStop } from "../stop-signal.ts"
import { INIT_OPTIONS, init, isInitialised, MADE, ROOTS_FILE } from "./init.ts"
import { commandOf, type Sent, sendItem } from "./knowledge.ts"
import { run } from "./run.ts"

const TIMEOUT_S = "120"

/** What a command says for itself is left out: this one says it once, at the end. */
const silenced = (output: Output, onResult: (value: unknown) => void): Output => ({
  ...output,
  say: () => undefined,
  result: (value) => onResult(value),
})

/** Makes the directory where that was not done yet. @throws what `assay init` does */
const initialise = async (dir: string, given: Arguments, output: Output): Promise<boolean> => {
  if (isInitialised(dir)) return false
  const call = [dir, "--domain", given.required("domain"), "--vendor", given.required("vendor")]
  await init.run(
    readArguments(init, call),
    silenced(output, () => undefined),
  )
  return true
}

/** What this node has already, or a later one: an activation of the same version is refused, and changes nothing. */
const isThere = ({ judged }: Sent): boolean =>
  judged.outcomes.every(
    ({ accepted, reasons }) => accepted || reasons.every((code) => code === "control.knowledge_version"),
  )

/** @throws Error where a partition refuses it for another reason than that it is in force; what `sendItem` throws */
const activate = async (kind: KnowledgeKind, dir: string, url: string, output: Output): Promise<Sent> => {
  const file = join(dir, `${kind.name}.dsse`)
  const call = ["activate", file, "--roots", join(dir, ROOTS_FILE), "--url", url]
  const given = readArguments(commandOf(kind), [...call, "--wait", "--timeout", TIMEOUT_S])
  const sent = await sendItem(kind, given, output.progress)
  if (isThere(sent)) return sent
  const reasons = new Set(sent.judged.outcomes.flatMap((outcome) => outcome.reasons))
  throw new Error(`the node refuses ${file}: ${[...reasons].join(", ")}`)
}

/** What to type next, in another terminal: a device that shows its credential and says something. */
const nextCommands = (dir: string, { active }: Sent, url: string): ReadonlyArray<string> => {
  const { trustDomain, issuers } = active.body as TrustBundle
  const file = (name: string): string => join(dir, name)
  const vendor = issuers[0]?.vendors[0] ?? "VENDOR"
  const first = [
    `DID=$(assay keygen --out ${file("pump.json")})`,
    `assay credential --issuer ${file("keys/issuer.json")} --device "$DID" --vendor ${vendor} --class pump --measurements 'pump/*=0..200' --audiences '${trustDomain}*' --out ${file("pump.vc")}`,
    `assay sign --key ${file("pump.json")} --aud ${trustDomain} --present ${file("pump.vc")} | assay submit - --wait`,
  ]
  return [
    `export ${COMMAND.url.key}=${url} ${COMMAND.data.key}=${file(DEFAULT_DATA_DIR)}`,
    ...(existsSync(file("pump.json")) ? [] : first),
    `assay sign --key ${file("pump.json")} --aud ${trustDomain}historian/1 --name pump/temperature --value 81.5 --unit Cel | assay submit - --wait`,
  ]
}

export const up: Command = {
  name: "up",
  summary: "start a deployment to try: init, run and both activations in one",
  usage: "up DIR [--domain URI] [--vendor NAME]",
  details: `Makes DIR like assay init where it is not there yet (--domain and --vendor count then), runs a node on DIR/data with
DIR/roots.json, activates DIR/bundle.dsse and DIR/policy.dsse where the node has neither them nor later ones, and says when it
is ready. Ctrl-C stops it; the same call goes on from there. For the embedded log; on Kafka see docs/guides/kafka.md. Settings
are those of assay run.`,
  takes: 1,
  options: INIT_OPTIONS,
  run: async (given, output): Promise<ExitCode> => {
    const [dir] = given.positionals
    if (dir === undefined) throw new UsageError("name the directory to make or to go on with: assay up my-plant")
    if (readSettings(LOG, processEnvironment()).engine === "kafka")
      throw new UsageError("up is for the embedded log, and LOG is kafka: unset LOG, or see docs/guides/kafka.md")
    const made = await initialise(dir, given, output)
    const data = join(dir, DEFAULT_DATA_DIR)
    const failures: Array<unknown> = []
    const stop = listenForStop()
    const onListening = async (url: string): Promise<void> => {
      try {
        const sent = new Map<KnowledgeKind, Sent>()
        for (const kind of MADE) sent.set(kind, await activate(kind, dir, url, output))
        const next = nextCommands(dir, sent.get(BUNDLE)!, url)
        const versions = Object.fromEntries([...sent].map(([{ name }, { active }]) => [name, active.version]))
        output.result({ url, dir, initialised: made, data, active: versions, next }, () => {
          output.say(`assay is ready at ${url} (data in ${data}); Ctrl-C stops it`)
          output.say(`\nNext, in another terminal:\n${next.map((line) => `  ${line}`).join("\n")}`)
        })
      } catch (cause) {
        if (stop.signal.aborted) return // it is the stop that broke the call off
        failures.push(cause)
        // The way that Ctrl-C takes: the node finishes what it has in hand.
        process.kill(process.pid, "SIGINT")
      }
    }
    const roots = join(dir, ROOTS_FILE)
    const code = await run
      .run(
        readArguments(run, ["--data", data, "--roots", roots]),
        silenced(output, (value) => void onListening((value as { readonly url: string }).url)),
      )
      .finally(stop.release)
    for (const cause of failures) throw cause
    return code
  },
}
