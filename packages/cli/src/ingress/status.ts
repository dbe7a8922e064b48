/** `assay ingress status`: what an adapter tells of itself. */
import { ask, NodeError, refusalOf } from "../client.ts"
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
  const { receipts, challenges } = one
  return [
    ["broker", `${one.broker}, as ${one.clientId}${one.share === null ? "" : `, shared as ${one.share}`}`],
    ["connection", one.connection],
    ["topics", one.topics.join(", ")],
    ...commonRows(one),
    [
      "receipts",
      receipts === null ? "off" : `${receipts.sent} sent, ${receipts.leftOut} left out, ${receipts.refused} refused`,
    ],
    // An adapter of an earlier version says nothing of them.
    ["challenges", (challenges ?? null) === null ? "off" : countsOf({ ...challenges })],
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
  ["written back", one.writtenBack === null ? "nothing: it is off" : countsOf({ ...one.writtenBack })],
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

const rowsOf = (one: IngressStatus): ReadonlyArray<Row> => (one.binding === "mqtt" ? mqttRows(one) : onem2mRows(one))

/** An adapter that could not be asked. */
interface Silent {
  readonly url: string
  readonly problem: string
}

type Asked = { readonly url: string; readonly adapters: ReadonlyArray<IngressStatus> } | Silent

/** @throws NodeError */
const adaptersAt = async (given: Arguments, url: string): Promise<ReadonlyArray<IngressStatus>> => {
  const there = { ...given, required: (name: string) => (name === "url" ? url : given.required(name)) }
  const answer = await ask<{ readonly adapters: ReadonlyArray<IngressStatus> }>(there, "/v1/ingress")
  if (!answer.ok) throw refusalOf(answer)
  return answer.body.adapters
}

/** One of several that does not answer must not hide how the others are. */
const askEach = (given: Arguments, urls: ReadonlyArray<string>): Promise<ReadonlyArray<Asked>> =>
  Promise.all(
    urls.map(async (url): Promise<Asked> => {
      try {
        return { url, adapters: await adaptersAt(given, url) }
      } catch (cause) {
        if (cause instanceof NodeError) return { url, problem: cause.message }
        throw cause
      }
    }),
  )

const doesWork = ({ connection, waits }: IngressStatus): boolean => connection === "subscribed" && waits === null

/**
 * Asks every adapter that `--url` names, with commas between them.
 * @returns 1 where one does not do its work, or does not answer beside others. @throws NodeError where the only one does not
 */
export const ingressStatus = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const urls = given.required("url").split(",")
  const asked: ReadonlyArray<Asked> =
    urls.length === 1 ? [{ url: urls[0]!, adapters: await adaptersAt(given, urls[0]!) }] : await askEach(given, urls)
  const silent = asked.filter((one): one is Silent => "problem" in one)
  const adapters = asked.flatMap((one) =>
    "problem" in one ? [] : one.adapters.map((adapter) => ({ url: one.url, ...adapter })),
  )
  output.result({ adapters, silent }, () => {
    for (const { url, ...one } of adapters) {
      const rows = rowsOf(one as IngressStatus).map((row) => [...row])
      output.say(table([one.binding, ""], urls.length === 1 ? rows : [["adapter", url], ...rows]))
    }
    for (const { url, problem } of silent) output.say(output.colour(`${url}: ${problem}`, "red"))
  })
  return silent.length === 0 && adapters.every(doesWork) ? EXIT.ok : EXIT.failed
}
