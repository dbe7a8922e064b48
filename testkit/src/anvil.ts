/** A real EVM: one anvil process on a free port, which mines when it is asked to; and cast, which reads what is on it. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { type Request, rpcAt } from "@assay/anchor/evm"

/** The first two accounts of anvil's own mnemonic: known to everybody, and of no chain that matters. */
export const KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
export const OTHER_KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
export const ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
export const OTHER_ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" }

/** The program itself: what npm's package starts it with is another process. */
const binary = (tool: "anvil" | "cast"): string => {
  const require = createRequire(createRequire(import.meta.url).resolve(`@foundry-rs/${tool}/package.json`))
  const name = `@foundry-rs/${tool}-${process.platform}-${ARCHITECTURES[process.arch]}`
  return join(dirname(require.resolve(`${name}/package.json`)), "bin", tool)
}

/** What cast, the client of others, says of a chain. @throws where it fails, with what it said */
export const cast = (url: string, ...args: ReadonlyArray<string>): string => {
  const { status, stdout, stderr } = spawnSync(binary("cast"), args, {
    encoding: "utf8",
    env: { ETH_RPC_URL: url },
  })
  if (status !== 0) throw new Error(`cast ${args.join(" ")} ended with ${status}: ${stderr}`)
  return stdout.trim()
}

export interface Anvil {
  readonly url: string
  readonly request: Request
  readonly process: ChildProcess
  mine(blocks?: number): Promise<void>
  /** Resolves when the process is gone. */
  stop(): Promise<void>
}

/** @throws where anvil ends before it listens */
export const startAnvil = async (): Promise<Anvil> => {
  const argv = ["--port", "0", "--host", "127.0.0.1", "--no-mining", "--accounts", "2"]
  const child = spawn(binary("anvil"), argv, { stdio: ["ignore", "pipe", "inherit"] })
  const port = await new Promise<string>((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", (code) => reject(new Error(`anvil ended with ${code}`)))
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const found = /^Listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const url = `http://127.0.0.1:${port}`
  const request = rpcAt(url)
  return {
    url,
    request,
    process: child,
    mine: async (blocks = 1) => {
      await request({ method: "anvil_mine", params: [`0x${blocks.toString(16)}`] })
    },
    stop: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve))
      if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await gone
    },
  }
}
