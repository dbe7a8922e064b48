/** `assay ingress status`: what an adapter tells of itself. */
import { ask, refusalOf } from "../client.ts"
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
          rowsOf(one).map((row) => [...row]),
        ),
      )
  })
  const works = adapters.every(({ connection, waits }) => connection === "subscribed" && waits === null)
  return works ? EXIT.ok : EXIT.failed
}
