/** `assay ingress status`: what an adapter tells of itself. */
import { ask, refusalOf } from "../client.ts"
import { type Arguments, EXIT, type ExitCode } from "../command.ts"
import { type Output, table } from "../output.ts"
import type { MqttStatus } from "./mqtt.ts"
import type { Onem2mStatus } from "./onem2m.ts"

type IngressStatus = MqttStatus | Onem2mStatus
type Row = readonly [name: string, value: string]

const countsOf = (counts: Readonly<Record<string, number>>): string => {
  const some = Object.entries(counts).filter(([, count]) => count > 0)
  return some.length === 0 ? "none" : some.map(([code, count]) => `${count} ${code}`).join(", ")
}

const mqttRows = (one: MqttStatus): ReadonlyArray<Row> => {
  const { receipts } = one
  return [
    ["broker", `${one.broker}, as ${one.clientId}${one.share === null ? "" : `, shared as ${one.share}`}`],
    ["connection", one.connection],
    ["topics", one.topics.join(", ")],
    ...commonRows(one),
    [
      "receipts",
      receipts === null ? "off" : `${receipts.sent} sent, ${receipts.leftOut} left out, ${receipts.refused} refused`,
    ],
  ]
}

const onem2mRows = (one: Onem2mStatus): ReadonlyArray<Row> => [
  ["CSE", `${one.cse}, ${one.cseBase}, as ${one.aeId}`],
  ["connection", `${one.connection}, notified by ${one.notified}`],
  [
    "containers",
    `${one.containers} labelled ${one.label}, ${one.behind} behind${one.refusing === 0 ? "" : `, ${one.refusing} refuse`}`,
  ],
  ...commonRows(one),
  ["read later", `${one.backfilled} instances, reported by nobody`],
  ["gaps", `${one.gaps} state tags without an instance`],
  ["changed", `${one.changed} instances`],
  ["refused", countsOf(one.refused)],
]

const commonRows = (one: IngressStatus): ReadonlyArray<Row> => [
  ["goes to", one.target],
  ["taken", String(one.taken)],
  ["under way", String(one.underWay)],
  ["waits", one.waits ?? "no"],
  ["sent again", String(one.sentAgain)],
  ["failures", String(one.failures)],
  ["lost", countsOf(one.lost)],
]

/** @returns 1 where an adapter does not do its work. @throws NodeError */
export const ingressStatus = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const answer = await ask<{ readonly adapters: ReadonlyArray<IngressStatus> }>(given, "/v1/ingress")
  if (!answer.ok) throw refusalOf(answer)
  const { adapters } = answer.body
  output.result({ adapters }, () => {
    for (const one of adapters)
      output.say(
        table(
          [one.binding, ""],
          (one.binding === "mqtt" ? mqttRows(one) : onem2mRows(one)).map((row) => [...row]),
        ),
      )
  })
  const works = adapters.every(({ connection, waits }) => connection === "subscribed" && waits === null)
  return works ? EXIT.ok : EXIT.failed
}
