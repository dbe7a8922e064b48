/** `POST /v1/relay`: what adapters of other protocols took, with the transport facts that they saw. */
import type { Ingress } from "../../core/ingress.ts"
import { MAX_MESSAGE, type Submission } from "../../core/submission.ts"
import { decodeRelayed } from "../../relay/record.ts"
import { piecesOf, RequestError, readLines } from "../request.ts"
import type { Route } from "../route.ts"

const MAX_SUBMISSIONS = 1_024
/** A message of the largest size in base64, and what goes with it. */
const MAX_LINE = Math.ceil((MAX_MESSAGE * 4) / 3) + (16 << 10)
/** All are taken in one append for each partition. */
const MAX_BYTES = 8 << 20

/** @throws RequestError: nothing of the request is in the log */
const submissionsIn = async (lines: AsyncIterable<Uint8Array>): Promise<ReadonlyArray<Submission>> => {
  const found: Array<Submission> = []
  let bytes = 0
  for await (const line of lines) {
    const submission = decodeRelayed(line)
    if (typeof submission === "string")
      throw new RequestError(400, "relay.malformed", `line ${found.length + 1}: ${submission}`)
    found.push(submission)
    bytes += line.length
    if (found.length > MAX_SUBMISSIONS || bytes > MAX_BYTES)
      throw new RequestError(
        413,
        "http.too_many",
        `a request takes ${MAX_SUBMISSIONS} messages and ${MAX_BYTES >> 20} MiB: send the rest in another`,
      )
  }
  if (found.length === 0)
    throw new RequestError(400, "http.empty", "the body must hold submissions, one line of JSON each")
  return found
}

/** Each submission has its own answer, also where it is refused: one sender's quota is no other's concern. */
export const relayRoute = (ingress: Ingress): Route => ({
  method: "POST",
  path: "/v1/relay",
  right: "relay",
  role: "ingress",
  doc: {
    summary: "Hand in what an adapter took by another protocol",
    takes: ["application/x-ndjson"],
    answers: { 200: "`answers`: an origin, or a refusal, for each line" },
  },
  handle: async ({ incoming }) => {
    const submissions = await submissionsIn(readLines(piecesOf(incoming), MAX_LINE))
    return { status: 200, body: { answers: await ingress.submit(submissions) } }
  },
})
