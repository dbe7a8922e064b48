/** The registry of ERC-1056 on a real EVM, compiled from its source, and what owners do there. */
import { readFileSync } from "node:fs"
import { type Anvil, startAnvil } from "@assay/testkit/anvil"
import solc from "solc"
import { type Abi, encodeFunctionData, type Hex } from "viem"

const NAME = "EthereumDIDRegistry"

interface Compiled {
  readonly errors?: ReadonlyArray<{ readonly formattedMessage: string }>
  readonly contracts: Readonly<
    Record<string, Readonly<Record<string, { readonly abi: Abi; readonly evm: { bytecode: { object: string } } }>>>
  >
}

/** @throws Error with what the compiler says, also for a warning */
const compile = () => {
  const input = {
    language: "Solidity",
    sources: { [NAME]: { content: readFileSync(new URL(`${NAME}.sol`, import.meta.url), "utf8") } },
    settings: {
      optimizer: { enabled: true },
      evmVersion: "paris",
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  }
  const { errors = [], contracts } = JSON.parse(solc.compile(JSON.stringify(input))) as Compiled
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"))
  return contracts[NAME]![NAME]!
}

export interface RegistryChain {
  readonly anvil: Anvil
  readonly chain: number
  /** In lower case. */
  readonly registry: string
  /** The two accounts that can pay, in lower case. */
  readonly accounts: ReadonlyArray<string>
  /** Sends a call of the contract; it lies in the next block. */
  send(from: string, functionName: string, ...args: ReadonlyArray<unknown>): Promise<void>
  stop(): Promise<void>
}

export const word = (text: string): Hex => `0x${Buffer.from(text.padEnd(32, "\0"), "latin1").toString("hex")}`

export const startRegistry = async (): Promise<RegistryChain> => {
  const { abi, evm } = compile()
  const anvil = await startAnvil()
  try {
    const { request } = anvil
    const accounts = ((await request({ method: "eth_accounts" })) as ReadonlyArray<string>).map((one) =>
      one.toLowerCase(),
    )
    const transaction = { from: accounts[0]!, data: `0x${evm.bytecode.object}`, gas: hex(3_000_000) }
    const hash = await request({ method: "eth_sendTransaction", params: [transaction] })
    await anvil.mine()
    const receipt = (await request({ method: "eth_getTransactionReceipt", params: [hash] })) as {
      contractAddress: string
    }
    const registry = receipt.contractAddress.toLowerCase()
    return {
      anvil,
      chain: Number(await request({ method: "eth_chainId" })),
      registry,
      accounts,
      send: async (from, functionName, ...args) => {
        const data = encodeFunctionData({ abi, functionName, args })
        await request({ method: "eth_sendTransaction", params: [{ from, to: registry, data, gas: hex(500_000) }] })
      },
      stop: anvil.stop,
    }
  } catch (cause) {
    await anvil.stop()
    throw cause
  }
}

const hex = (number: number): string => `0x${number.toString(16)}`
