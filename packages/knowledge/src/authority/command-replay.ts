/** The replay of operators' commands: the sequence number of each operator only rises (`control.replayed`). Pure. */

/** The highest number that each operator's key, by its one name (`keyIdOf`), has used: another DID of it starts no new count. */
export type Sequences = Readonly<Record<string, number>>

/** The number that one signer of a command used. */
export interface UsedSequence {
  /** The name of the key. */
  readonly signer: string
  readonly seq: number
}

/** Whether any signer of a command used a number that is not above the signer's last one. */
export const isReplayed = (last: Sequences, used: ReadonlyArray<UsedSequence>): boolean =>
  used.some(({ signer, seq }) => seq <= (last[signer] ?? -1))

/** The numbers after a command that is no replay. */
export const withSequences = (last: Sequences, used: ReadonlyArray<UsedSequence>): Sequences => {
  const next: Record<string, number> = { ...last }
  for (const { signer, seq } of used) next[signer] = seq
  return next
}
