/** The inputs of a target, by number: first its seeds, then the corpus, then mutations, each of which follows from its number. */
import { randomOf } from "@assay/fleet"
import { readCorpus } from "./corpus.ts"
import { mutated } from "./mutate.ts"
import type { Target } from "./target.ts"

export interface Input {
  /** "seed N", "corpus FILE" or "mutation N". */
  readonly name: string
  readonly bytes: Uint8Array
  /** A valid input, which must be accepted. */
  readonly isSeed: boolean
}

export const inputsOf = (target: Target, seed: string): ((index: number) => Input) => {
  const seeds = target.seeds()
  const corpus = readCorpus(target.name)
  const first: ReadonlyArray<Input> = [
    ...seeds.map((bytes, nth) => ({ name: `seed ${nth}`, bytes, isSeed: true })),
    ...[...corpus].map(([file, bytes]) => ({ name: `corpus ${file}`, bytes, isSeed: false })),
  ]
  const parents = first.map(({ bytes }) => bytes)
  return (index) =>
    first[index] ?? {
      name: `mutation ${index}`,
      bytes: mutated(parents, randomOf(`${seed} ${target.name} ${index}`)).subarray(0, target.maxBytes),
      isSeed: false,
    }
}
