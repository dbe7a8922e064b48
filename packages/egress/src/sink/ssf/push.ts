/** Push delivery of Security Event Tokens (RFC 8935): one a request; 202 says that the receiver has it. */
import { membersOf, outcomeOf } from "../http/batch.ts"
import type { HttpProtocol } from "../http/sink.ts"
import { reasonOf } from "./error.ts"

/** Section 2.4: errors of the token itself. The others are about us, or about the moment. */
const OF_TOKEN: ReadonlySet<unknown> = new Set(["invalid_request", "invalid_key", "invalid_issuer", "invalid_audience"])

export const pushProtocol = (): HttpProtocol => ({
  limits: { records: 1, bytes: 1 << 20 },
  send: async (client, [item]) => {
    const token = Buffer.from(Buffer.from(item!.bytes).toString("latin1").trimEnd(), "latin1")
    const answer = await client.post(token, { "content-type": "application/secevent+jwt", accept: "application/json" })
    if (answer.status === 400) {
      const error = membersOf(answer)
      const reason = reasonOf(error)
      if (!OF_TOKEN.has(error["err"])) throw new Error(reason)
      return { kind: "refused", reason }
    }
    return outcomeOf(answer)
  },
})
