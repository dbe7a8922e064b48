/** Sends an answer in slices, each only when the one before is gone: what a connection holds has a bound, with TLS too. */
import type { ServerResponse } from "node:http"
import type { Answer } from "./route.ts"

const SLICE = 64 << 10

const bytesOf = (body: unknown): Uint8Array => {
  if (body instanceof Uint8Array) return body
  return Buffer.from(typeof body === "string" ? body : `${JSON.stringify(body)}\n`)
}

/** @returns false where the reader did not take what was written in time, or is gone */
const taken = (response: ServerResponse, event: "drain" | "finish", ms: number): Promise<boolean> =>
  new Promise((resolve) => {
    const done = (isTaken: boolean) => (): void => {
      clearTimeout(timer)
      response.off(event, yes)
      response.off("close", no)
      resolve(isTaken)
    }
    const yes = done(true)
    const no = done(false)
    const timer = setTimeout(no, ms)
    response.once(event, yes)
    response.once("close", no)
  })

/** Resolves when the answer is sent, or its connection closed: a reader that takes nothing for `sendMs` is left. */
export const send = async (response: ServerResponse, answer: Answer, sendMs: number): Promise<void> => {
  const bytes = bytesOf(answer.body)
  response.writeHead(answer.status, {
    "content-type": answer.type ?? "application/json",
    "content-length": bytes.length,
    ...answer.headers,
  })
  let at = 0
  for (; bytes.length - at > SLICE; at += SLICE) {
    if (response.write(bytes.subarray(at, at + SLICE))) continue
    if (!(await taken(response, "drain", sendMs))) return void response.destroy()
  }
  response.end(bytes.subarray(at))
  if (response.writableLength === 0 || response.writableFinished) return
  if (!(await taken(response, "finish", sendMs))) response.destroy()
}
