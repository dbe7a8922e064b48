/** Targets with planted faults: what the fuzz must find. */
import { refusedBy, type Target } from "../../src/fuzz/target.ts"

const seeds = (): ReadonlyArray<Buffer> => [Buffer.from("a seed of some length, so that mutations differ")]
const held: Array<string> = []

export const targets: ReadonlyArray<Target> = [
  {
    name: "sound",
    about: "refuses what it should",
    seeds,
    check: (bytes) => refusedBy([RangeError], () => ascii(bytes)),
  },
  {
    name: "throws",
    about: "throws what it does not promise",
    seeds,
    check: (bytes) => refusedBy([SyntaxError], () => ascii(bytes)),
  },
  { name: "refuses-its-seed", about: "refuses a valid input", seeds, check: () => false },
  {
    name: "hoards",
    about: "fills the heap with what it is given, at one input",
    seeds,
    check: (bytes) => {
      if (bytes.length % 7 === 3) for (;;) held.push("x".repeat(1_000) + held.length)
      return true
    },
  },
]

const ascii = (bytes: Uint8Array): void => {
  if (bytes.some((byte) => byte > 127)) throw new RangeError("not ASCII")
}
