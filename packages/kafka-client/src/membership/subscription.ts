/**
 * What members of a group tell each other, within Kafka's ConsumerProtocol (version 0), so that Kafka's own tools can show
 * it. The user data of a subscription is ours, big-endian:
 *
 *   int8   version, 1
 *   int32  generation in which the partitions were assigned, -1 for none
 *   int32  number of partitions of the topic
 *   int32  count, then as many int32: the partitions owned last
 */
import kafkajs from "kafkajs"
import { assign, type Claimant } from "./assigner.ts"

const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol

/** The name under which members agree on how to share: a change of meaning needs a new one. */
export const PROTOCOL = "assay-sticky"

const VERSION = 1
const HEAD = 13
/** More than Kafka itself bears; a bound for what others sent. */
const MAX_PARTITIONS = 1_000_000

export interface MemberData {
  readonly generation: number
  readonly partitions: number
  readonly owned: ReadonlyArray<number>
}

export const encodeMemberData = ({ generation, partitions, owned }: MemberData): Buffer => {
  const bytes = Buffer.alloc(HEAD + 4 * owned.length)
  bytes.writeInt8(VERSION, 0)
  bytes.writeInt32BE(generation, 1)
  bytes.writeInt32BE(partitions, 5)
  bytes.writeInt32BE(owned.length, 9)
  owned.forEach((partition, index) => {
    bytes.writeInt32BE(partition, HEAD + 4 * index)
  })
  return bytes
}

/** @returns null for what is no data of this version: such a member owns nothing yet */
export const decodeMemberData = (bytes: Buffer): MemberData | null => {
  if (bytes.length < HEAD || bytes.readInt8(0) !== VERSION) return null
  const partitions = bytes.readInt32BE(5)
  const count = bytes.readInt32BE(9)
  if (partitions < 0 || partitions > MAX_PARTITIONS || count < 0 || bytes.length !== HEAD + 4 * count) return null
  const owned = Array.from({ length: count }, (_, index) => bytes.readInt32BE(HEAD + 4 * index))
  return { generation: bytes.readInt32BE(1), partitions, owned }
}

export const encodeSubscription = (topic: string, data: MemberData): Buffer =>
  MemberMetadata.encode({ version: 0, topics: [topic], userData: encodeMemberData(data) })

/** A member as the coordinator shows it to the leader. */
export interface GroupMember {
  readonly memberId: string
  readonly memberMetadata: Buffer
}

interface Subscriber extends Claimant {
  readonly topics: ReadonlyArray<string>
  readonly partitions: number
}

/** Damaged bytes of one member must not keep the whole group from its shares: it subscribes to nothing then. */
const decodeSubscription = (bytes: Buffer): ReturnType<typeof MemberMetadata.decode> => {
  try {
    return MemberMetadata.decode(bytes)
  } catch {
    return null
  }
}

const subscriber = ({ memberId: id, memberMetadata }: GroupMember): Subscriber => {
  const subscription = decodeSubscription(memberMetadata)
  const data = decodeMemberData(subscription?.userData ?? Buffer.alloc(0))
  return {
    id,
    topics: subscription?.topics ?? [],
    partitions: data?.partitions ?? 0,
    owned: data?.owned ?? [],
    generation: data?.generation ?? -1,
  }
}

/** The leader's part of a rebalance: each member's share. Members of one group may read different topics. */
export const encodeShares = (
  members: ReadonlyArray<GroupMember>,
): Array<{ readonly memberId: string; readonly memberAssignment: Buffer }> => {
  const subscribers = members.map(subscriber)
  const assignments = new Map(subscribers.map(({ id }) => [id, {} as Record<string, Array<number>>]))
  for (const topic of new Set(subscribers.flatMap(({ topics }) => topics))) {
    const readers = subscribers.filter(({ topics }) => topics.includes(topic))
    const partitions = Math.max(...readers.map((one) => one.partitions))
    for (const [id, share] of assign(readers, partitions)) assignments.get(id)![topic] = [...share]
  }
  return [...assignments].map(([memberId, assignment]) => ({
    memberId,
    memberAssignment: MemberAssignment.encode({ version: 0, assignment, userData: Buffer.alloc(0) }),
  }))
}

/** @param partitions of the topic: what lies beyond was not ours to give */
export const decodeShare = (bytes: Buffer, topic: string, partitions: number): ReadonlySet<number> => {
  const share = MemberAssignment.decode(bytes)?.assignment[topic] ?? []
  return new Set(share.filter((partition) => partition >= 0 && partition < partitions))
}
