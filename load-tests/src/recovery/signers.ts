/** Threads that sign for parts of a fleet, a few parts ahead of who takes them. */
import { Worker } from "node:worker_threads"
import type { WorldOptions } from "@assay/fleet"

export interface SignerData {
  readonly world: WorldOptions
  readonly partitions: number
  /** Of each device, beside its presentation. */
  readonly messages: number
}

export interface Part {
  /** The first device. */
  readonly from: number
  readonly count: number
}

/** By partition, packed; what a device sends in its order. */
export type SignedPart = ReadonlyArray<ArrayBuffer>

const askOf = (worker: Worker, part: Part): Promise<SignedPart> =>
  new Promise((resolve, reject) => {
    worker.once("error", reject)
    worker.once("message", (signed: SignedPart) => {
      worker.off("error", reject)
      resolve(signed)
    })
    worker.postMessage(part)
  })

/**
 * All parts of the fleet, in order, each signed when it is near: what waits is one part for each thread.
 * @throws what a thread meets
 */
export async function* signedParts(
  data: SignerData,
  devices: number,
  perPart: number,
  threads: number,
): AsyncGenerator<SignedPart> {
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL("./sign.child.ts", import.meta.url), { workerData: data }),
  )
  const waiting: Array<Promise<SignedPart>> = []
  let from = 0
  const ask = (worker: Worker): void => {
    if (from >= devices) return
    const asked = askOf(worker, { from, count: Math.min(perPart, devices - from) })
    asked.catch(() => undefined) // whoever takes it hears of it
    waiting.push(asked)
    from += perPart
  }
  try {
    for (const worker of workers) ask(worker)
    for (let nth = 0; waiting.length > 0; nth++) {
      const signed = await waiting.shift()!
      // In turns: the thread whose part this was.
      ask(workers[nth % threads]!)
      yield signed
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
