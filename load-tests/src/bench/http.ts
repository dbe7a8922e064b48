/** Messages through a node's ingress: `POST /v1/messages`, one compact JWS a line. */
import { Agent, request } from "node:http"
import type { Place, Send } from "./schedule.ts"
import type { Message } from "./workload.ts"

/** Messages of one request: a node takes 1 MiB. */
const AT_ONCE = 200
/** Requests side by side. A device keeps to one of them, so its messages stay in order. */
const LANES = 8

const laneOf = ({ record }: Message): number => (record.key.at(-1) ?? 0) % LANES

const post = (agent: Agent, url: string, body: Buffer): Promise<ReadonlyArray<Place>> =>
  new Promise((resolve, reject) => {
    const call = request(
      `${url}/v1/messages`,
      {
        method: "POST",
        agent,
        headers: { "content-type": "application/x-ndjson", "content-length": body.length },
      },
      (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("error", reject)
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8")
          if (response.statusCode === 202) resolve((JSON.parse(text) as { origins: ReadonlyArray<Place> }).origins)
          else reject(new Error(`${url} answers ${response.statusCode}: ${text.slice(0, 500)}`))
        })
      },
    )
    call.on("error", reject)
    call.end(body)
  })

/** What is due at once shares a request in each lane; the next request of a lane waits for the answer to the one before. */
export const sendOverHttp = (url: string): Send => {
  const agent = new Agent({ keepAlive: true, maxSockets: LANES })
  const lanes = Array.from({ length: LANES }, (): Promise<unknown> => Promise.resolve())
  return async (messages) => {
    const places = new Array<Place>(messages.length)
    const one = async (lane: number): Promise<void> => {
      const numbers: Array<number> = []
      for (let n = 0; n < messages.length; n++) if (laneOf(messages[n]!) === lane) numbers.push(n)
      if (numbers.length === 0) return
      for (let from = 0; from < numbers.length; from += AT_ONCE) {
        const some = numbers.slice(from, from + AT_ONCE)
        const body = Buffer.concat(some.flatMap((n) => [messages[n]!.token, NEWLINE]))
        const turn = lanes[lane]!.then(() => post(agent, url, body))
        lanes[lane] = turn.catch(() => undefined)
        const answered = await turn
        some.forEach((n, nth) => {
          places[n] = answered[nth]!
        })
      }
    }
    await Promise.all(lanes.map((_, lane) => one(lane)))
    return places
  }
}

const NEWLINE = Buffer.from("\n")
