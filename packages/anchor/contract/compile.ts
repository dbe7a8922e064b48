/**
 * Compiles the contract. Run as a program it writes what the adapter needs of it; a test holds that file to the source.
 * The compiler is WebAssembly and pinned, so the same source gives the same bytes on every machine.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import solc from "solc"

const NAME = "AssayAnchor"
const SOURCE = fileURLToPath(new URL(`${NAME}.sol`, import.meta.url))
const OUT = fileURLToPath(new URL("../src/generated/contract.ts", import.meta.url))

interface Compiled {
  readonly errors?: ReadonlyArray<{ readonly formattedMessage: string }>
  readonly contracts: Readonly<
    Record<string, Readonly<Record<string, { readonly abi: unknown; readonly evm: { bytecode: { object: string } } }>>>
  >
}

/** The module that the adapter imports, as text. @throws Error with what the compiler says, also for a warning */
export const compileContract = (): string => {
  const input = {
    language: "Solidity",
    sources: { [NAME]: { content: readFileSync(SOURCE, "utf8") } },
    settings: {
      optimizer: { enabled: true, runs: 10_000 },
      // Chains that are a little behind run it too, and no metadata makes the bytes depend on the path.
      evmVersion: "paris",
      metadata: { bytecodeHash: "none", appendCBOR: false },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  }
  const { errors = [], contracts } = JSON.parse(solc.compile(JSON.stringify(input))) as Compiled
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"))
  const { abi, evm } = contracts[NAME]![NAME]!
  return `/** Made of contract/${NAME}.sol by solc ${solc.version()}: npm run contract:generate. */
export const ABI = ${JSON.stringify(abi)} as const

export const BYTECODE = "0x${evm.bytecode.object}" as const
`
}

if (import.meta.main) writeFileSync(OUT, compileContract())
