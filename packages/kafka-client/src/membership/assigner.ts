/**
 * Who works on which partitions: a pure function, so that every leader comes to the same result.
 *
 * Balanced: shares differ by at most one. Sticky: as many partitions as balance permits stay where they are, since each
 * move costs its new owner a restore of state. What a member says it owns counts only where no other member's claim on the
 * partition is of a later generation: who slept through a rebalance wakes up with an old list.
 */
export interface Claimant {
  readonly id: string
  /** The partitions that it owned last. */
  readonly owned: ReadonlyArray<number>
  /** The group's generation in which they were given to it; -1 where it never had any. */
  readonly generation: number
}

/**
 * @param partitions how many there are; they are numbered from 0
 * @returns the share of each member, ascending; the order of `members` does not matter
 */
export const assign = (
  members: ReadonlyArray<Claimant>,
  partitions: number,
): ReadonlyMap<string, ReadonlyArray<number>> => {
  const byId = [...members].sort((a, b) => (a.id < b.id ? -1 : 1))
  const kept = rightfullyKept(byId, partitions)
  const quotas = shareSizes(byId, kept, partitions)
  const shares = new Map(byId.map(({ id }) => [id, kept.get(id)!.slice(0, quotas.get(id))]))

  const taken = new Set([...shares.values()].flat())
  const free = Array.from({ length: partitions }, (_, partition) => partition).filter((one) => !taken.has(one))
  for (const [id, share] of shares) share.push(...free.splice(0, quotas.get(id)! - share.length))
  for (const share of shares.values()) share.sort((a, b) => a - b)
  return shares
}

/** What each member may keep, ascending: where several name one partition the latest counts, then the smallest id. */
const rightfullyKept = (byId: ReadonlyArray<Claimant>, partitions: number): Map<string, Array<number>> => {
  const owners = new Map<number, Claimant>()
  for (const member of byId) {
    for (const partition of member.owned) {
      if (partition < 0 || partition >= partitions) continue
      const other = owners.get(partition)
      if (other === undefined || other.generation < member.generation) owners.set(partition, member)
    }
  }
  const kept = new Map<string, Array<number>>(byId.map(({ id }) => [id, []]))
  for (let partition = 0; partition < partitions; partition++) {
    const owner = owners.get(partition)
    if (owner !== undefined) kept.get(owner.id)!.push(partition)
  }
  return kept
}

/** The larger shares go to those who own most: that moves least. */
const shareSizes = (
  byId: ReadonlyArray<Claimant>,
  kept: ReadonlyMap<string, ReadonlyArray<number>>,
  partitions: number,
): ReadonlyMap<string, number> => {
  const least = Math.floor(partitions / byId.length)
  const larger = partitions % byId.length
  const byClaims = [...byId].sort((a, b) => kept.get(b.id)!.length - kept.get(a.id)!.length)
  return new Map(byClaims.map(({ id }, index) => [id, index < larger ? least + 1 : least]))
}
