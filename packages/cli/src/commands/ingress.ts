/** `assay ingress mqtt|onem2m|status|mosquitto`: messages from other protocols than HTTP. */
import { COMMAND, HTTP } from "@assay/settings"
import { settingsHelp } from "@assay/settings/tables"
import { choose } from "../choice.ts"
import { NODE_OPTIONS } from "../client.ts"
import { type Command, UsageError } from "../command.ts"

/** Where an adapter tells how it is; a node is at 7070. */
const PORT = "7071"

export const ingress: Command = {
  name: "ingress",
  summary: "bring messages from an MQTT broker or a oneM2M CSE, or show how that goes",
  usage: "ingress mqtt [--port PORT] | onem2m [--port PORT] | status [--url URL,...] | mosquitto --out DIR",
  details: `mqtt runs an adapter until it is stopped: a message is acknowledged to the broker when it is durable in the log. With
LOG=kafka it writes to the log itself, with the role ingress; else it hands messages to the node at --url, whose token has the
right relay. onem2m does the same as an application entity beside a CSE, for the containers with a label. Receipts (a receipt key
is set) are read from the log: with LOG=kafka by the role receipts, else from --data. Challenges (their topic is set) are made by the node at
--url, whose token has the right submit too.
status asks the adapter at --url (by default http://127.0.0.1:${PORT}), or several with commas between them; exit code 1 where one
does not do its work.
mosquitto writes a configuration and an ACL for the topics of the settings. docs/guides/mqtt.md and docs/guides/onem2m.md explain them.

Settings come from the environment.
${settingsHelp(["mqtt", "onem2m"])}`,
  takes: 1,
  options: {
    ...NODE_OPTIONS,
    url: {
      type: "string",
      value: "URL",
      env: COMMAND.url.key,
      help: `mqtt, onem2m: the node (default ${COMMAND.url.fallback}); status: the adapter (default http://127.0.0.1:${PORT})`,
    },
    port: {
      type: "string",
      value: "PORT",
      default: PORT,
      help: "mqtt, onem2m: health and metrics on this port; 0 picks a free one",
    },
    host: {
      type: "string",
      value: "HOST",
      default: HTTP.httpHost.fallback,
      help: "mqtt, onem2m: the address of health and metrics; nobody is asked for a right there",
    },
    data: {
      type: "string",
      value: "DIR",
      env: COMMAND.data.key,
      help: "the node's data directory; mqtt: for receipts, onem2m: for what is written back",
    },
    roots: {
      type: "string",
      value: "FILE",
      env: COMMAND.roots.key,
      help: `onem2m: the pinned roots, for what is written back (default ${COMMAND.roots.fallback})`,
    },
    state: {
      type: "string",
      value: "DIR",
      help: "mqtt: keep the position of receipts here (default CLIENT-ID.state); onem2m: keep here which instances were taken (default AE-ID.state)",
    },
    out: { type: "string", value: "DIR", help: "mosquitto: where to write assay.conf and acl" },
  },
  run: async (given, output) => {
    const verb = choose("assay ingress", given.positionals[0], ["mqtt", "onem2m", "status", "mosquitto"])
    if (verb === "status") {
      const { ingressStatus } = await import("../ingress/status.ts")
      return ingressStatus(withUrl(given, `http://127.0.0.1:${PORT}`), output)
    }
    if (verb === "mosquitto") {
      if (given.text("out") === null) throw new UsageError("assay ingress mosquitto takes --out DIR: where to write")
      const { writeMosquitto } = await import("../ingress/mosquitto.ts")
      return writeMosquitto(given, output)
    }
    if (verb === "onem2m") {
      const { runOnem2m } = await import("../ingress/onem2m.ts")
      return runOnem2m(withUrl(given, COMMAND.url.fallback), output)
    }
    const { runMqtt } = await import("../ingress/mqtt.ts")
    return runMqtt(withUrl(given, COMMAND.url.fallback), output)
  },
}

/** A node and an adapter have different addresses where the call names none. */
const withUrl = (given: Parameters<Command["run"]>[0], fallback: string): typeof given => ({
  ...given,
  required: (name) => (name === "url" ? (given.text("url") ?? fallback) : given.required(name)),
})
