/** `npm run crds`: writes the definitions of custom resources that manifests are held against, anew from the operators' releases. */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { EXIT } from "@assay/settings"
import { type Command, main } from "../../local/command.ts"
import { boundedWindows, fromGo, KEDA, PROMETHEUS } from "./from-go.ts"
import { fromStrimzi } from "./from-strimzi.ts"
import { type Crd, SOURCES, type Source, textOf } from "./sources.ts"

export const CRDS_DIR = import.meta.dirname

const texts = (crds: ReadonlyMap<string, Crd>, sources: ReadonlyArray<Source>): ReadonlyArray<[string, string]> =>
  sources.map((source) => {
    const crd = crds.get(source.kind)
    if (crd === undefined) throw new Error(`${source.of} has no ${source.kind}`)
    return [source.file, textOf(source.kind === "ScaledObject" ? boundedWindows(crd) : crd, source)]
  })

const command: Command = {
  name: "crds",
  summary:
    "Writes the definitions of custom resources (KEDA, Prometheus Operator, Strimzi) that manifests are held against. Needs Go, Java and Maven.",
  options: { check: { type: "boolean", help: "write nothing, and end with 1 where files are out of date" } },
  async run(given, progress) {
    progress("Strimzi, by Maven and Java ...")
    const strimzi = texts(await fromStrimzi(), SOURCES.strimzi)
    progress("Prometheus Operator, by Go ...")
    const prometheus = texts(await fromGo(PROMETHEUS), SOURCES.prometheus)
    progress("KEDA, by Go ...")
    const keda = texts(await fromGo(KEDA), SOURCES.keda)
    const all = [...keda, ...prometheus, ...strimzi]
    const isCurrent = ([file, text]: readonly [string, string]): boolean =>
      existsSync(join(CRDS_DIR, file)) && readFileSync(join(CRDS_DIR, file), "utf8") === text
    const changed = all.filter((one) => !isCurrent(one))
    const value = { dir: CRDS_DIR, files: all.map(([file]) => file), changed: changed.map(([file]) => file) }
    if (given.flag("check")) {
      const lines = value.changed.map((file) => `${file} is out of date`)
      return { value, lines, code: changed.length === 0 ? EXIT.ok : EXIT.failed }
    }
    for (const [file, text] of changed) writeFileSync(join(CRDS_DIR, file), text)
    return { value, lines: [`wrote ${changed.length} of ${all.length} files in ${CRDS_DIR}`] }
  },
}

if (import.meta.main) await main(command)
