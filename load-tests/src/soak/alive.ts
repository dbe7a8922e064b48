/**
 * What a process holds after its garbage was collected: resident memory also has what V8 has not given back yet, and grows and
 * shrinks with how busy the machine is. Asked over the inspector, which the process was started with (`INSPECTED`).
 */
import { readFileSync } from "node:fs"

/** For the environment of the processes: the inspector on a port of its own, on loopback. */
export const INSPECTED = { NODE_OPTIONS: "--inspect=127.0.0.1:0" } as const

const LISTENING = /Debugger listening on (ws:\/\/\S+)/g
const WITHIN_MS = 20_000

interface Answer {
  readonly id?: number
  readonly result?: { readonly result?: { readonly value?: unknown } }
}

/** The address that the process wrote when it started last. @throws Error */
const addressIn = (logFile: string): string => {
  const found = [...readFileSync(logFile, "utf8").matchAll(LISTENING)].at(-1)?.[1]
  if (found === undefined) throw new Error(`${logFile} names no inspector: the process was started without`)
  return found
}

/** Bytes on the heap and beside it, after a collection. @throws Error where the process does not answer in time */
export const aliveOf = async (logFile: string): Promise<number> => {
  const socket = new WebSocket(addressIn(logFile))
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const late = setTimeout(() => reject(new Error(`the inspector did not answer in ${WITHIN_MS} ms`)), WITHIN_MS)
  const ask = (id: number, method: string, params = {}): void => socket.send(JSON.stringify({ id, method, params }))
  socket.addEventListener("error", () => reject(new Error("the inspector refused the connection")))
  socket.addEventListener("open", () => ask(1, "HeapProfiler.collectGarbage"))
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as Answer
    if (id === 1) {
      const expression = "(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())"
      ask(2, "Runtime.evaluate", { expression, returnByValue: true })
    }
    if (id === 2) resolve(Number(result?.result?.value))
  })
  try {
    return await promise
  } finally {
    clearTimeout(late)
    socket.close()
  }
}
