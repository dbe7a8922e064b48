/** `assay ingress status`: what an adapter tells of itself. */
import { ask, NodeError, refusalOf } from "../client.ts"
import { type Arguments, EXIT, type ExitCode } from "../command.ts"
import { type Output, table } from "../output.ts"
import type { IngressStatus } from "./mqtt.ts"

const rowsOf = (one: IngressStatus): ReadonlyArray<readonly [string, string]> => {
  const lost = Object.entries(one.lost).filter(([, count]) => count > 0)
  const { receipts } = one
  return [
    ["broker", `${one.broker}, as ${one.clientId}${one.share === null ? "" : `, shared as ${one.share}`}`],
    ["connection", one.connection],
    ["topics", one.topics.join(", ")],
    ["goes to", one.target],
    ["taken", String(one.taken)],
    ["under way", String(one.underWay)],
    ["waits", one.waits ?? "no"],
    ["sent again", String(one.sentAgain)],
    ["failures", String(one.failures)],
    ["lost", lost.length === 0 ? "none" : lost.map(([code, count]) => `${count} ${code}`).join(", ")],
    [
      "receipts",
      receipts === null ? "off" : `${receipts.sent} sent, ${receipts.leftOut} left out, ${receipts.refused} refused`,
    ],
  ]
}

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
      const rows = rowsOf(one).map((row) => [...row])
      output.say(table([one.binding, ""], urls.length === 1 ? rows : [["adapter", url], ...rows]))
    }
    for (const { url, problem } of silent) output.say(output.colour(`${url}: ${problem}`, "red"))
  })
  return silent.length === 0 && adapters.every(doesWork) ? EXIT.ok : EXIT.failed
}
