/**
 * What a test run shares is held by vitest's globalSetup and started when a test file first asks for it: test files run in
 * processes of their own, so they ask over a loopback port. A run that never asks pays nothing.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const HOST = "127.0.0.1"

export interface Shared {
  /** What each asker gets, as JSON. */
  readonly answer: unknown
  readonly end: () => Promise<void>
}

export interface Offer {
  readonly url: string
  /** Ends what was started, if anything was. */
  readonly end: () => Promise<void>
}

export const onFirstAsk = async (start: () => Promise<Shared>): Promise<Offer> => {
  let shared: Promise<Shared> | null = null
  const server = createServer((_, response) => {
    shared ??= start()
    shared.then(
      ({ answer }) => response.setHeader("content-type", "application/json").end(JSON.stringify(answer)),
      (cause: Error) => response.writeHead(500).end(cause.message),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, HOST, resolve)
  })
  // The run must not wait for this server where teardown is not reached.
  server.unref()
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}/`,
    end: async () => {
      server.close()
      server.closeAllConnections()
      // Whoever asked got the reason why it did not start.
      const running = await shared?.catch(() => null)
      await running?.end()
    },
  }
}

/** @throws where `what` does not start, with the reason */
export const askFor = async (url: string, what: string): Promise<unknown> => {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${what} of the test run does not start: ${await answer.text()}`)
  return answer.json()
}
