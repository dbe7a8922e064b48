/** Push delivery of Security Event Tokens (RFC 8935): one a request; 202 says that the receiver has it. */
import { escapeControls, shorten } from "@assay/trust/kit"
import { DONE, outcomeOf } from "../http/batch.ts"
import type { HttpProtocol } from "../http/sink.ts"

/** Section 2.4: errors of the token itself. The others are about us, or about the moment. */
const OF_TOKEN: ReadonlySet<unknown> = new Set(["invalid_request", "invalid_key", "invalid_issuer", "invalid_audience"])

const errorOf = (body: string): { readonly err?: unknown; readonly description?: unknown } => {
  try {
    return (JSON.parse(body) as { readonly err?: unknown; readonly description?: unknown } | null) ?? {}
  } catch {
    return {} // no JSON: its status is all there is
  }
}

export const pushProtocol = (): HttpProtocol => ({
  limits: { records: 1, bytes: 1 << 20 },
  send: async (client, [item]) => {
    const token = Buffer.from(Buffer.from(item!.bytes).toString("latin1").trimEnd(), "latin1")
    const answer = await client.post(token, { "content-type": "application/secevent+jwt", accept: "application/json" })
    if (answer.status === 400) {
      const { err, description } = errorOf(answer.body)
      const reason = escapeControls(shorten(`${String(err)}: ${String(description)}`))
      if (!OF_TOKEN.has(err)) throw new Error(reason)
      return { kind: "refused", reason }
    }
    const outcome = await outcomeOf(answer)
    return outcome.kind === "done" ? DONE : outcome
  },
})
