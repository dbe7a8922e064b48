/**
 * `npm run bench:verify`: CPU of one verification by each way of calling, on one thread, in turns of a few milliseconds, so
 * that what else the machine does meets all of them alike.
 */
import { generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto"
import { table } from "@assay/cli/output"
import { publicKeyOf } from "@assay/did"
import { type Command, main } from "@assay/infra/local"
import { chooseBackend, importKey, verifyImported } from "@assay/jose/verify"
import { describeMachine, machineLine } from "../machine.ts"
import { median } from "../median.ts"

/** As many bytes as the signing input of a usual message. */
const INPUT_BYTES = 700
const KEYS = 64
/** Verifications of one way before the next has its turn. */
const TURN = 64

interface Signed {
  readonly imported: KeyObject
  readonly raw: Uint8Array
  readonly input: Uint8Array
  readonly signature: Uint8Array
}

const signedBy = (alg: "Ed25519" | "ES256"): ReadonlyArray<Signed> =>
  Array.from({ length: KEYS }, (_, n) => {
    const pair = alg === "Ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" })
    const input = Buffer.alloc(INPUT_BYTES, n)
    const signature =
      alg === "Ed25519"
        ? sign(null, input, pair.privateKey)
        : sign("sha256", input, { key: pair.privateKey, dsaEncoding: "ieee-p1363" })
    const key = publicKeyOf(pair.publicKey)
    return { imported: importKey(key)!, raw: key.publicKey, input, signature }
  })

interface Way {
  readonly name: string
  readonly signed: ReadonlyArray<Signed>
  readonly verify: (signed: Signed) => boolean
}

const waysOf = (): ReadonlyArray<Way> => {
  const ed25519 = signedBy("Ed25519")
  const es256 = signedBy("ES256")
  const { verifyEd25519 } = chooseBackend("auto")
  return [
    {
      name: "Ed25519, node:crypto",
      signed: ed25519,
      verify: ({ imported, input, signature }) => verifyImported("Ed25519", imported, input, signature),
    },
    ...(verifyEd25519 === null
      ? []
      : [
          {
            name: "Ed25519, libsodium",
            signed: ed25519,
            verify: ({ raw, input, signature }: Signed) => verifyEd25519(raw, input, signature),
          },
        ]),
    {
      name: "ES256, r and s, converted by node:crypto",
      signed: es256,
      verify: ({ imported, input, signature }) =>
        verify("sha256", input, { key: imported, dsaEncoding: "ieee-p1363" }, signature),
    },
    {
      name: "ES256, DER and a bare key, conversion included",
      signed: es256,
      verify: ({ imported, input, signature }) => verifyImported("ES256", imported, input, signature),
    },
  ]
}

/** Microseconds of the process's CPU for one verification. */
const turnOf = ({ name, signed, verify }: Way): number => {
  const before = process.cpuUsage()
  for (let n = 0; n < TURN; n++) if (!verify(signed[n % KEYS]!)) throw new Error(`${name}: a signature does not verify`)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / TURN
}

export const bench: Command = {
  name: "bench:verify",
  summary: "Measures the CPU of one verification: backends of Ed25519, and ways of calling node:crypto for ES256.",
  options: { rounds: { type: "string", value: "N", default: "300", help: "turns of each way; the median counts" } },
  async run(given) {
    const rounds = given.whole("rounds", 10, 100_000)
    const machine = describeMachine(null)
    const ways = waysOf()
    const turns = ways.map((): Array<number> => [])
    for (const way of ways) for (let n = 0; n < 10; n++) turnOf(way) // until the code is compiled
    for (let n = 0; n < rounds; n++) for (const [at, way] of ways.entries()) turns[at]!.push(turnOf(way))
    const results = ways.map(({ name }, at) => ({
      name,
      medianUs: median(turns[at]!),
      leastUs: Math.min(...turns[at]!),
    }))
    const { name: backend, problem } = chooseBackend("auto")
    return {
      value: { machine, backend, problem, rounds, results },
      lines: [
        machineLine(machine),
        problem === null ? "" : `without libsodium: ${problem}`,
        table(
          ["us of CPU for one verification", "median", "least"],
          results.map(({ name, medianUs, leastUs }) => [name, medianUs.toFixed(1), leastUs.toFixed(1)]),
          [1, 2],
        ),
      ],
    }
  },
}

if (import.meta.main) await main(bench)
