/** `npm run registry:up`: a real schema registry on this machine, ready when the command returns. */
import { REGISTRY, REGISTRY_SCRIPT } from "@assay/settings"
import { type Command, fromSetting, main } from "../local/command.ts"
import { SetupProblem as Problem } from "../local/problem.ts"
import { DATA } from "./data.ts"
import { startRegistry } from "./registry.ts"

const HEAP = /^[1-9]\d*[mMgG]$/

export const up: Command = {
  name: "registry:up",
  summary:
    "Starts Apicurio Registry on loopback, without Docker: Java 17 and, once, Maven are needed. One that runs is left as it is.",
  options: {
    port: {
      type: "string",
      value: "PORT",
      ...fromSetting(REGISTRY_SCRIPT.port),
      help: "clients connect here",
    },
    data: DATA,
    heap: {
      type: "string",
      value: "SIZE",
      ...fromSetting(REGISTRY_SCRIPT.heap),
      help: "memory of its JVM",
    },
  },
  async run(given, progress) {
    const heap = given.text("heap")
    if (!HEAP.test(heap)) throw new Problem(`--heap takes a size like 256m or 1g, not ${JSON.stringify(heap)}`)
    const dataDir = given.text("data")
    const { url, version, pid } = await startRegistry({ dataDir, port: given.whole("port", 1, 65_535), heap, progress })
    return {
      value: { url, version, pid, dataDir },
      lines: [
        `Apicurio Registry ${version} answers (process ${pid}, data in ${dataDir})`,
        `  ${REGISTRY.url.key}=${url}`,
        "Register the schemas with assay schemas apply; stop it with npm run registry:down",
      ],
    }
  },
}

if (import.meta.main) await main(up)
