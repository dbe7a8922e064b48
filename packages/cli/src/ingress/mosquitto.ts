/** `assay ingress mosquitto`: configuration and ACL of a mosquitto for the topics of the settings. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import {
  mosquittoAcl,
  mosquittoConfiguration,
  parseReceiptTopic,
  parseTemplates,
  readChallengeTopics,
} from "@assay/ingress/mqtt"
import { MQTT, processEnvironment } from "@assay/settings"
import { readSettings } from "@assay/settings/read"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { fileProblem } from "../files.ts"
import type { Output } from "../output.ts"

const KEYS = {
  topics: MQTT.topics,
  receipts: MQTT.receipts,
  passports: MQTT.passports,
  challenges: MQTT.challenges,
  challengeRequests: MQTT.challengeRequests,
  username: MQTT.username,
} as const
const PORT = 8883

/** @throws UsageError where a file is there already, or cannot be written */
export const writeMosquitto = (given: Arguments, output: Output): ExitCode => {
  const { topics, receipts, passports, challenges, challengeRequests, username } = readSettings(
    KEYS,
    processEnvironment(),
  )
  const templates = parseTemplates(MQTT.topics.key, topics)
  const dir = resolve(given.required("out"))
  const adapter = username ?? "assay-ingress"
  const file = (name: string): string => join(dir, name)
  const files = {
    acl: mosquittoAcl({
      templates,
      receipts: parseReceiptTopic(MQTT.receipts.key, receipts),
      passports: passports === null ? null : parseReceiptTopic(MQTT.passports.key, passports),
      challenges: readChallengeTopics(challenges, challengeRequests, templates),
      adapter,
    }),
    "assay.conf": mosquittoConfiguration({
      port: PORT,
      host: null,
      tls: { ca: file("ca.crt"), cert: file("server.crt"), key: file("server.key") },
      names: "certificate",
      acl: file("acl"),
      persistence: "/var/lib/mosquitto/",
    }),
  }
  const there = Object.keys(files).find((name) => existsSync(file(name)))
  if (there !== undefined) throw new UsageError(`${file(there)} is there already: name another directory with --out`)
  try {
    mkdirSync(dir, { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(file(name), text, { flag: "wx" })
  } catch (cause) {
    throw new UsageError(`--out ${dir} cannot be written: ${fileProblem(cause)}`)
  }
  output.result({ dir, files: Object.keys(files), adapter }, () => {
    output.say(`wrote ${Object.keys(files).map(file).join(" and ")}`)
    output.say(
      `Put ca.crt, server.crt and server.key there, give the adapter a certificate whose common name is ${adapter}, and each device one whose common name is its DID.`,
    )
  })
  return EXIT.ok
}
