/** Which partition a key belongs to: the same answer in every engine and in every Kafka client with the default partitioner. */

const SEED = 0x9747b28c
const M = 0x5bd1e995

/** 32-bit murmur2 exactly as `org.apache.kafka.common.utils.Utils.murmur2`: a signed integer. */
export const murmur2 = (data: Uint8Array): number => {
  const length = data.length
  const words = length >>> 2
  let hash = SEED ^ length
  for (let word = 0; word < words; word++) {
    const at = word << 2
    let k = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)
    k = Math.imul(k, M)
    k ^= k >>> 24
    hash = Math.imul(hash, M) ^ Math.imul(k, M)
  }
  const rest = words << 2
  const left = length & 3
  if (left === 3) hash ^= data[rest + 2]! << 16
  if (left >= 2) hash ^= data[rest + 1]! << 8
  if (left >= 1) hash = Math.imul(hash ^ data[rest]!, M)
  hash ^= hash >>> 13
  hash = Math.imul(hash, M)
  return hash ^ (hash >>> 15)
}

/** Kafka's default: `toPositive(murmur2(key)) % partitions`. A string is hashed as UTF-8. */
export const partitionOf = (key: Uint8Array | string, partitions: number): number =>
  (murmur2(typeof key === "string" ? Buffer.from(key, "utf8") : key) & 0x7fffffff) % partitions
