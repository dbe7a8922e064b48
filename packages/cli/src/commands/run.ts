/** `assay run`: a long-running node, or one service of several. */

import { type Listening, runNode } from "@assay/node"
import { processEnvironment, TOPOLOGIES } from "@assay/settings"
import { settingsHelp } from "@assay/settings/tables"
import { chosenOrNull } from "../choice.ts"
import type { Command } from "../command.ts"
import { DATA_OPTION } from "../open-log.ts"
import { ROOTS_OPTION } from "../roots.ts"
import { SERVICES } from "../services.ts"

const NAMES = SERVICES.map(({ name }) => name)

const placeOf = ({ plan: { dir, log } }: Listening): string =>
  log.kafka ? `Kafka at ${log.kafka.brokers.join(", ")}${dir === null ? "" : `, sealing in ${dir}`}` : `data in ${dir}`

export const run: Command = {
  name: "run",
  summary: "run a node on a data directory, until it is stopped",
  usage: "run [--data DIR] [--roots FILE] [--topology NAME] [--service NAME]",
  details: `With LOG=kafka any number of processes share the log: all five stages in each, or one service in each by --service.
--data is then where the audit log is sealed, in one process; the others go without it.

Settings come from the environment. docs/guides/configuration.md says more of each.
${settingsHelp(["node", "log", "kafka", "registry", "http", "telemetry", "read-model", "egress"])}`,
  takes: 0,
  options: {
    ...DATA_OPTION,
    ...ROOTS_OPTION,
    partitions: { type: "string", value: "N", help: "partitions of a new data directory (default 4)" },
    topology: { type: "string", value: "NAME", help: "chained or staged, instead of ASSAY_TOPOLOGY" },
    service: { type: "string", value: "NAME", help: `only this one: ${NAMES.join(", ")}` },
  },
  run: (given, output) => {
    const service = chosenOrNull(given, "service", NAMES)
    const call = {
      service,
      topology: chosenOrNull(given, "topology", TOPOLOGIES),
      data: given.text("data"),
      roots: given.required("roots"),
      partitions: given.text("partitions") === null ? null : given.whole("partitions", 1, 1024),
    }
    const onListening = (listening: Listening): void => {
      const { url, partitions, plan } = listening
      const { dir, topology } = plan
      output.result({ url, data: dir, topology, service, partitions }, () =>
        output.say(
          `assay is ready at ${url} (${service ?? topology}, ${partitions} partitions, ${placeOf(listening)})`,
        ),
      )
    }
    return runNode(SERVICES, { environment: processEnvironment(), call, onListening })
  },
}
